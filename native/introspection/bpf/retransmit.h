/* Retransmissions, at most one record a second and socket. */
#ifndef PACKETLESS_RETRANSMIT_H
#define PACKETLESS_RETRANSMIT_H

#include "tcp.h"

#define RETRANSMIT_PAUSE_NS 1000000000ULL

static __always_inline void tell_retransmits(const struct sock *sk, struct socket_state *state, int tcp_state,
					     __u64 now)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (!tcp)
		return;
	__u32 total = tcp->total_retrans;
	__u32 since = total - state->retransmits_told;
	if (since == 0 || !send_tcp(RECORD_RETRANSMIT, sk, state, tcp_state, tcp_state, since, 0))
		return;
	state->retransmits_told = total;
	state->retransmit_told_ns = now;
}

static __always_inline void retransmitted(const struct sock *sk)
{
	__u64 now = bpf_ktime_get_ns();
	struct socket_state *state = make_state(sk);

	if (!state || (state->retransmit_told_ns && now - state->retransmit_told_ns < RETRANSMIT_PAUSE_NS))
		return;
	tell_retransmits(sk, state, sk->__sk_common.skc_state, now);
}

#endif
