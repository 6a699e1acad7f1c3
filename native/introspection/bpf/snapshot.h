/*
 * Sockets whose process no hook has seen: those that are older than the programs, after attaching, and later those that
 * were accepted without a word (living.h). Found by walking all open files.
 */
#ifndef PACKETLESS_SNAPSHOT_H
#define PACKETLESS_SNAPSHOT_H

#include "first_use.h"

/* What a hook has said meanwhile is better than what is found in the table of files. */
static __always_inline void name_by_snapshot(struct task_struct *task, struct sock *sk)
{
	struct socket_state *state = make_state(sk);

	if (!state || state->owner.evidence != EVIDENCE_NONE)
		return;
	/* Told without an owner before. */
	state->owner_untold = state->opened;
	fill_owner(&state->owner, task, EVIDENCE_SNAPSHOT);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	if (!tcp)
		return;
	if (sk->__sk_common.skc_state == BPF_TCP_LISTEN) {
		state->side = SIDE_SERVER;
		return;
	}
	if (state->accept_untold) {
		state->taken = true;
		return;
	}
	if (state->opened)
		return;
	state->opened = true;
	state->retransmits_told = tcp->total_retrans;
	remember_interface(state, sk);
}

static __always_inline void visit_file(struct task_struct *task, struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);

	if (!socket || !socket->sk || !is_watched(socket->sk))
		return;
	name_by_snapshot(task, socket->sk);
	tell_process(task, ARGV_OTHER);
}

#endif
