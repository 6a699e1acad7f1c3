/* The first send or receive on a socket shows who really uses it: a prefork worker, or a child that inherited it. */
#ifndef PACKETLESS_FIRST_USE_H
#define PACKETLESS_FIRST_USE_H

#include "tcp.h"

/* The new owner of a UDP socket, for the addon to put into the records of its conversations. */
static __always_inline bool send_udp_owner(const struct owner_fields *owner, __u64 cookie)
{
	struct datagram_socket_record *record = reserve(sizeof(*record));

	if (!record)
		return false;
	fill_header(&record->header, RECORD_DATAGRAM_OWNER, sizeof(*record), bpf_ktime_get_ns());
	record->cookie = cookie;
	record->owner = *owner;
	submit_internal(record, sizeof(*record));
	return true;
}

static __always_inline bool tell_owner(struct sock *sk, struct socket_state *state)
{
	if (sk->sk_protocol == IPPROTO_UDP)
		return !state->has_conversations || send_udp_owner(&state->owner, bpf_get_socket_cookie(sk));
	return send_tcp(RECORD_OWNER, sk, state, sk->__sk_common.skc_state, sk->__sk_common.skc_state, 0, 0);
}

/* Called after a send or receive, in the process's own context. */
static __noinline int used_by_current(struct sock *sk)
{
	struct socket_state *state = find_state(sk);

	if (state && state->used)
		return 0;
	if (!state)
		state = make_state(sk);
	if (!state)
		return 0;

	struct task_struct *task = bpf_get_current_task_btf();
	bool known = state->owner.evidence != EVIDENCE_NONE && state->owner.pid == task->tgid;

	tell_current_process();
	if (!known)
		fill_owner(&state->owner, task, EVIDENCE_IO);
	else if (state->owner.evidence == EVIDENCE_SNAPSHOT)
		state->owner.evidence = EVIDENCE_IO;
	if (known && !state->owner_untold) {
		state->used = true;
		return 0;
	}
	/* Not marked as used when the ring is full: the next I/O tries again. */
	state->owner_untold = !tell_owner(sk, state);
	state->used = !state->owner_untold;
	return 0;
}

/* Tells by address family first: a netlink protocol can have TCP's number. */
static __always_inline bool is_watched(const struct sock *sk)
{
	return is_internet(sk) && (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_UDP);
}

#endif
