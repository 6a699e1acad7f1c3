/* The end of a TCP conversation. */
#ifndef PACKETLESS_CLOSE_H
#define PACKETLESS_CLOSE_H

#include "retransmit.h"

/*
 * →FIN_WAIT1 and →LAST_ACK happen in the process that closes. If nobody has used the socket (accepted and closed
 * at once), that is the best that is known of its owner.
 */
static __always_inline void closing(const struct sock *sk)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct socket_state *state = find_state(sk);

	if (!state || state->used || state->owner.pid == task->tgid)
		return;
	/* What inherited the socket and only exits has not used it. */
	if (state->owner.evidence != EVIDENCE_NONE && task->flags & PF_EXITING)
		return;
	tell_current_process();
	fill_owner(&state->owner, task, EVIDENCE_IO);
}

/* Why it ended, as a positive errno. A live connection that closes at once, without an error, was aborted here. */
static __always_inline int ending(const struct sock *sk, int old_state)
{
	int error = sk->sk_err;

	if (error == 0 && (old_state == BPF_TCP_ESTABLISHED || old_state == BPF_TCP_CLOSE_WAIT))
		return ECONNABORTED;
	return error;
}

static __always_inline void closed(const struct sock *sk, int old_state)
{
	struct socket_state *state = find_state(sk);

	/* No conversation: a listener; a child whose handshake never ended; a socket that never connected. */
	if (old_state == BPF_TCP_LISTEN || old_state == BPF_TCP_SYN_RECV || old_state == BPF_TCP_CLOSE)
		return;
	if (state) {
		if (!state->interface_index)
			remember_interface(state, sk);
		tell_retransmits(sk, state, old_state, bpf_ktime_get_ns());
	}
	if (old_state == BPF_TCP_SYN_SENT)
		send_tcp(RECORD_CONNECT_FAILED, sk, state, old_state, BPF_TCP_CLOSE, 0, sk->sk_err);
	else
		send_tcp(RECORD_CLOSE, sk, state, old_state, BPF_TCP_CLOSE, 0, ending(sk, old_state));
}

#endif
