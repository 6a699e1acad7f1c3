/*
 * Who took an accepted connection, where tracing programs see accept() and cannot keep anything with the socket: what
 * they see waits in a table for the programs that can.
 */
#ifndef PACKETLESS_TAKER_H
#define PACKETLESS_TAKER_H

#include "process.h"
#include "tcp.h"

/*
 * Cookie → the process that took the connection; EVIDENCE_NONE: it was told of already, without one. Inserted by accept()
 * and by the look at all sockets, deleted at the connection's end.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct owner_fields);
} takers SEC(".maps");

static __always_inline void tell_taker(const struct sock *sk, __u64 cookie, const struct owner_fields *owner,
				       enum record_kind kind)
{
	struct socket_state state;
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);
	__u8 now = sk->__sk_common.skc_state;
	struct tcp_happening happening = {
		.kind = kind,
		.old_state = kind == RECORD_ACCEPT ? BPF_TCP_SYN_RECV : now,
		.new_state = kind == RECORD_ACCEPT ? BPF_TCP_ESTABLISHED : now,
	};

	__builtin_memset(&state, 0, sizeof(state));
	state.owner = *owner;
	state.side = SIDE_SERVER;
	if (tcp)
		state.latency_us = tcp->srtt_us >> 3;
	remember_interface(&state, sk);
	send_tcp_at(bpf_ktime_get_ns(), sk, cookie, &state, &happening);
}

/* accept() gives the connection to its caller. */
static __always_inline int accepted_by_current(const struct sock *sk)
{
	__u64 cookie = cookie_of(sk);
	struct owner_fields owner;

	if (!is_tcp(sk) || !cookie)
		return 0;
	tell_current_process();
	fill_current_owner(&owner, EVIDENCE_KERNEL);
	bool was_told = bpf_map_update_elem(&takers, &cookie, &owner, BPF_NOEXIST);
	if (was_told)
		bpf_map_update_elem(&takers, &cookie, &owner, BPF_EXIST);
	tell_taker(sk, cookie, &owner, was_told ? RECORD_OWNER : RECORD_ACCEPT);
	return 0;
}

/* Before anything is done with what is kept with the socket. */
static __always_inline void adopt_taker(const struct sock *sk, struct socket_state *state)
{
	__u64 cookie = cookie_of(sk);
	struct owner_fields *owner = state->taken ? NULL : bpf_map_lookup_elem(&takers, &cookie);

	if (!owner || owner->evidence == EVIDENCE_NONE)
		return;
	state->owner = *owner;
	state->taken = true;
	state->accept_untold = false;
	state->owner_untold = false;
	state->opened = true;
}

/* It waited for long, so it was told of without an owner. */
static __always_inline void told_without_taker(const struct sock *sk)
{
	__u64 cookie = cookie_of(sk);
	struct owner_fields nobody;

	__builtin_memset(&nobody, 0, sizeof(nobody));
	bpf_map_update_elem(&takers, &cookie, &nobody, BPF_NOEXIST);
}

static __always_inline void forget_taker(const struct sock *sk)
{
	__u64 cookie = cookie_of(sk);

	bpf_map_delete_elem(&takers, &cookie);
}

#endif
