/* The beginning of a TCP conversation: connect, listen, accept. */
#ifndef PACKETLESS_OPEN_H
#define PACKETLESS_OPEN_H

#include "tcp.h"

static __always_inline void begin(struct socket_state *state, __u8 side)
{
	struct owner_fields owner = state->owner;

	__builtin_memset(state, 0, sizeof(*state));
	state->owner = owner;
	state->side = side;
	state->start_ns = bpf_ktime_get_ns();
}

/* CLOSE → SYN_SENT and CLOSE → LISTEN happen in the process's own connect() and listen(). */
static __always_inline void named_by_process(const struct sock *sk, __u8 side)
{
	tell_current_process();
	struct socket_state *state = make_state(sk);
	if (!state)
		return;
	begin(state, side);
	fill_owner(&state->owner, bpf_get_current_task_btf(), EVIDENCE_KERNEL);
}

/* LISTEN → SYN_RECV is the child's first state: it holds a copy of the listener's entry, if there was one. */
static __always_inline void child_born(const struct sock *sk)
{
	struct socket_state *state = make_state(sk);

	if (state)
		begin(state, SIDE_SERVER);
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
	send_tcp(RECORD_CONNECT, sk, state, BPF_TCP_SYN_SENT, BPF_TCP_ESTABLISHED, 0, 0);
}

static __always_inline void accepted(const struct sock *sk)
{
	struct socket_state *state = make_state(sk);
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (state && tcp) {
		state->latency_us = tcp->srtt_us >> 3;
		remember_interface(state, sk);
	}
	send_tcp(RECORD_ACCEPT, sk, state, BPF_TCP_SYN_RECV, BPF_TCP_ESTABLISHED, 0, 0);
}

#endif
