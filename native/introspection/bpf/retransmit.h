/* Retransmissions, at most one record a second and socket. */
#ifndef PACKETLESS_RETRANSMIT_H
#define PACKETLESS_RETRANSMIT_H

#include "tcp.h"

#define RETRANSMIT_PAUSE_NS 1000000000ULL

static __always_inline enum retransmit_cause cause_of(const struct tcp_sock *tcp, int tcp_state)
{
	const struct inet_connection_sock *connection = &tcp->inet_conn;

	if (tcp_state == BPF_TCP_SYN_SENT || tcp_state == BPF_TCP_SYN_RECV)
		return CAUSE_HANDSHAKE;
	switch (BPF_CORE_READ_BITFIELD_PROBED(connection, icsk_ca_state)) {
	case TCP_CA_LOSS:
		return CAUSE_TIMEOUT;
	case TCP_CA_RECOVERY:
		return CAUSE_RECOVERY;
	default:
		/* The timer that runs is cleared only after the probe was sent (net/ipv4/tcp_output.c). */
		return bpf_core_field_exists(connection->icsk_pending) &&
				       BPF_CORE_READ(connection, icsk_pending) == ICSK_TIME_LOSS_PROBE ?
			       CAUSE_PROBE :
			       CAUSE_UNKNOWN;
	}
}

static __always_inline void tell_retransmits(const struct sock *sk, struct socket_state *state, int tcp_state,
					     __u64 now)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (!tcp)
		return;
	__u32 total = tcp->total_retrans;
	__u32 since = total - state->retransmits_told;
	if (since == 0)
		return;
	struct tcp_happening happening = {
		.kind = RECORD_RETRANSMIT,
		.old_state = tcp_state,
		.new_state = tcp_state,
		.count = since,
		.reason = state->retransmit_cause,
	};
	if (!send_tcp(sk, state, &happening))
		return;
	state->retransmits_told = total;
	state->retransmit_told_ns = now;
}

static __always_inline void retransmitted(const struct sock *sk)
{
	__u64 now = bpf_ktime_get_ns();
	struct socket_state *state = make_state(sk);

	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (!state || !tcp)
		return;
	/* Now, not when it is told: by then it is over. */
	state->retransmit_cause = cause_of(tcp, sk->__sk_common.skc_state);
	if (state->retransmit_told_ns && now - state->retransmit_told_ns < RETRANSMIT_PAUSE_NS)
		return;
	tell_retransmits(sk, state, sk->__sk_common.skc_state, now);
}

#endif
