/* A process that takes an accepted connection in hand, before the first byte. */
#ifndef PACKETLESS_ACCEPT_H
#define PACKETLESS_ACCEPT_H

#include "process.h"
#include "tcp.h"

/* The addresses are the socket's own; a cookie it has since its handshake. */
static __always_inline void taken_by_current(struct bpf_sock *sk)
{
	struct task_struct *task = current_task();
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (!state || state->used || (state->taken && is_current(&state->owner)))
		return;
	tell_current_process();
	fill_owner(&state->owner, task, EVIDENCE_KERNEL);
	state->taken = true;
	/* What was told already, if anything, named another; only who sends or receives can say so. */
	state->owner_untold = !state->accept_untold;
	const struct sock *tcp = (const struct sock *)bpf_skc_to_tcp_sock(sk);
	if (state->accept_untold && tcp)
		tell_accept(tcp, tcp->__sk_common.skc_cookie.counter, state);
}

#endif
