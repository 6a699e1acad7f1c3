/* The beginning of a TCP conversation: connect, listen, accept. */
#ifndef PACKETLESS_OPEN_H
#define PACKETLESS_OPEN_H

#include "tcp.h"

/* Forgets all but the owner: a socket can be used again after it was closed. */
static __always_inline void begin(struct socket_state *state, __u8 side)
{
	state->side = side;
	state->start_ns = bpf_ktime_get_ns();
	state->retransmit_told_ns = 0;
	state->owner_told_ns = 0;
	state->retransmits_told = 0;
	state->segments_told = 0;
	state->latency_us = 0;
	state->interface_index = 0;
	__builtin_memset(state->interface_name, 0, sizeof(state->interface_name));
	state->reset = RESET_NONE;
	state->reported_error = 0;
	state->state_told = 0;
	state->used = false;
	state->opened = false;
	state->closed = false;
	state->owner_untold = false;
	state->accept_untold = false;
	state->taken = false;
}

/* CLOSE → SYN_SENT and CLOSE → LISTEN happen in the process's own connect() and listen(). */
static __always_inline void named_by_process(const struct sock *sk, __u8 side)
{
	struct socket_state *state = make_state(sk);

	if (!state)
		return;
	begin(state, side);
	/* Named by this very call already, a moment ago. */
	if (state->attempting) {
		state->attempting = false;
		return;
	}
	tell_current_process();
	fill_current_owner(&state->owner, EVIDENCE_KERNEL);
}

static __always_inline void connected(const struct sock *sk)
{
	struct socket_state *state = make_state(sk);

	if (state) {
		state->side = SIDE_CLIENT;
		if (state->start_ns)
			state->latency_us = (bpf_ktime_get_ns() - state->start_ns) / 1000;
		remember_interface(state, sk);
	}
	send_tcp(sk, state, &(struct tcp_happening){ .kind = RECORD_CONNECT, .old_state = BPF_TCP_SYN_SENT,
						     .new_state = BPF_TCP_ESTABLISHED });
	if (state)
		state->opened = true;
}

/*
 * The handshake of an incoming connection is done, and no process has it yet: any of those that share the listener may
 * accept it. It is told when one does (first_use.h), with the time of now.
 */
static __always_inline void accepted(const struct sock *sk)
{
	struct socket_state *state = make_state(sk);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	/* Both ends connected at once, or a socket to itself: it was in SYN_SENT, and nobody will accept it. */
	if (state && state->side == SIDE_CLIENT && !state->closed) {
		connected(sk);
		return;
	}
	if (!state) {
		send_tcp(sk, NULL, &(struct tcp_happening){ .kind = RECORD_ACCEPT, .old_state = BPF_TCP_SYN_RECV,
							    .new_state = BPF_TCP_ESTABLISHED });
		return;
	}
	begin(state, SIDE_SERVER);
	state->accept_untold = true;
	/* So that it has one from now on. */
	cookie_of(sk);
	remember_interface(state, sk);
	if (tcp)
		state->latency_us = tcp->srtt_us >> 3;
}

#endif
