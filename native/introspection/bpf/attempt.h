/*
 * connect() that fails before the first packet: no route, or another program forbids it. The socket never leaves CLOSE,
 * so no state tells of it. The call is remembered when it begins; if no SYN follows before the socket is connected
 * again or closed, it has failed.
 */
#ifndef PACKETLESS_ATTEMPT_H
#define PACKETLESS_ATTEMPT_H

#include "datagram.h"

static __always_inline void write_local(struct socket_fields *to, const struct sock *sk)
{
	const struct inet_sock *inet = (const void *)sk;

	to->local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET)
		write_ipv4(to->local_address, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
	else
		BPF_CORE_READ_INTO((struct in6_addr *)to->local_address, sk, __sk_common.skc_v6_rcv_saddr);
}

static __always_inline void tell_failed_attempt(const struct sock *sk, struct socket_state *state, __u64 cookie)
{
	state->attempting = false;
	struct tcp_record *record = reserve(sizeof(*record));
	if (!record)
		return;
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, RECORD_CONNECT_FAILED, sizeof(*record), bpf_ktime_get_ns());
	record->socket.cookie = cookie;
	write_local(&record->socket, sk);
	__builtin_memcpy(record->socket.remote_address, state->attempt_address, ADDRESS_LENGTH);
	record->socket.remote_port = state->attempt_port;
	record->socket.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	record->socket.protocol = IPPROTO_TCP;
	record->socket.side = SIDE_CLIENT;
	record->owner = state->owner;
	record->state = BPF_TCP_CLOSE;
	record->error = state->attempt_error ?: ERROR_NO_ROUTE;
	submit(record, sizeof(*record));
}

/* What programs of cgroups further down said; the kernel runs them first. Told from 5.18 on. */
static __always_inline bool is_denied(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_retval) && bpf_get_retval() < 0;
}

/* In connect(), before the kernel looks for a route. */
static __always_inline void attempt(struct bpf_sock_addr *call, const __u8 *address)
{
	struct bpf_sock *sk = call->sk;
	struct socket_state *state = sk ? owned_by_current(sk, EVIDENCE_KERNEL) : NULL;

	if (!state)
		return;
	if (state->attempting)
		tell_failed_attempt(BPF_CORE_READ((struct bpf_sock_addr_kern *)call, sk), state,
				    bpf_get_socket_cookie(call));
	__builtin_memcpy(state->attempt_address, address, ADDRESS_LENGTH);
	state->attempt_port = bpf_ntohs(call->user_port);
	state->attempt_error = is_denied() ? EPERM : 0;
	state->attempting = true;
}

/* The error of an attempt is known; it is told at once. */
static __always_inline void attempt_answered(struct sock *sk, int error)
{
	struct socket_state *state = find_state(sk);

	if (!state || !state->attempting)
		return;
	state->attempt_error = error;
	tell_failed_attempt(sk, state, cookie_of(sk));
}

static __always_inline void attempt_ended(struct bpf_sock *sk)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (state && state->attempting)
		tell_failed_attempt((void *)sk, state, bpf_get_socket_cookie(sk));
}

#endif
