/* A process that takes an accepted connection in hand, before the first byte. */
#ifndef PACKETLESS_ACCEPT_H
#define PACKETLESS_ACCEPT_H

#include "process.h"
#include "tcp.h"

#ifdef KERNEL_BEFORE_5_12
#include "taker.h"
#else
/* Who sees accept() keeps with the socket what it sees. */
static __always_inline void adopt_taker(const struct sock *sk, struct socket_state *state)
{
}

static __always_inline void told_without_taker(const struct sock *sk)
{
}
#endif

/* The addresses are the socket's own; a cookie it has since its handshake. */
static __always_inline void taken_by_current(struct bpf_sock *sk)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	const struct sock *tcp = (const struct sock *)bpf_skc_to_tcp_sock(sk);

	if (!state || !tcp)
		return;
	adopt_taker(tcp, state);
	if (state->used || (state->taken && is_current(&state->owner)))
		return;
	tell_current_process();
	fill_current_owner(&state->owner, EVIDENCE_KERNEL);
	state->taken = true;
	/* What was told already, if anything, named another; only who sends or receives can say so. */
	state->owner_untold = !state->accept_untold;
	if (state->accept_untold)
		tell_accept(tcp, tcp->__sk_common.skc_cookie.counter, state);
}

#endif
