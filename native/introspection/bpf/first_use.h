/*
 * A send or receive shows who really uses a socket: a prefork worker, a child that inherited it, a process that it was
 * passed to.
 */
#ifndef PACKETLESS_FIRST_USE_H
#define PACKETLESS_FIRST_USE_H

#include "tcp.h"

/* Processes that use one socket in turns would otherwise make a record of each turn. */
#define OWNER_PAUSE_NS 1000000000ULL

/* The new owner of a socket without connections, for the addon to put into the records of its conversations. */
static __always_inline bool send_datagram_owner(const struct owner_fields *owner, __u64 cookie)
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
	if (!is_tcp(sk))
		return !state->has_conversations ||
		       send_datagram_owner(&state->owner, cookie_of(sk));
	state->opened = true;
	struct tcp_happening happening = {
		.kind = RECORD_OWNER,
		.old_state = sk->__sk_common.skc_state,
		.new_state = sk->__sk_common.skc_state,
	};
	return send_tcp(sk, state, &happening);
}

/* The kernel's own threads do I/O for others (NFS, a transfer that goes on after close): no process to take over. */
static __always_inline bool takes_over(const struct socket_state *state, const struct task_struct *task)
{
	return state->owner.evidence == EVIDENCE_NONE || !(of_task(task, flags) & PF_KTHREAD);
}

/* Somebody else than the owner uses the socket, or for the first time, or its owner was not told. */
static __noinline int owner_seen(struct sock *sk)
{
	struct socket_state *state = make_state(sk);
	struct task_struct *task = current_task();

	if (!state || !takes_over(state, task))
		return 0;
	bool known = state->owner.evidence != EVIDENCE_NONE && is_current(&state->owner);

	tell_current_process();
	if (!known)
		fill_current_owner(&state->owner, EVIDENCE_IO);
	else if (state->owner.evidence == EVIDENCE_SNAPSHOT)
		state->owner.evidence = EVIDENCE_IO;
	state->used = true;
	if (state->accept_untold) {
		state->owner_untold = false;
		tell_accept(sk, cookie_of(sk), state);
		return 0;
	}
	if (known && !state->owner_untold)
		return 0;

	__u64 now = bpf_ktime_get_ns();
	if (state->owner_told_ns && now - state->owner_told_ns < OWNER_PAUSE_NS) {
		state->owner_untold = true;
		return 0;
	}
	/* When the ring is full, the next I/O tries again. */
	state->owner_untold = !tell_owner(sk, state);
	if (!state->owner_untold)
		state->owner_told_ns = now;
	return 0;
}

/* Called after a send or receive, in the process's own context. */
static __always_inline int used_by_current(struct sock *sk)
{
	struct socket_state *state = find_state(sk);

	if (state && state->used && !state->owner_untold && is_current(&state->owner))
		return 0;
	return owner_seen(sk);
}

/* Tells by address family first: a netlink protocol can have TCP's number. */
static __always_inline bool is_watched(const struct sock *sk)
{
	return is_internet(sk) && sk->sk_protocol != IPPROTO_MPTCP;
}

#endif
