/* The end of a TCP conversation. */
#ifndef PACKETLESS_CLOSE_H
#define PACKETLESS_CLOSE_H

#include "retransmit.h"

/*
 * →FIN_WAIT1 and →LAST_ACK happen in the process that closes. If nobody has used the socket (accepted and closed
 * at once), that is the best that is known of its owner.
 */
static __always_inline void closing(struct socket_state *state)
{
	struct task_struct *task = current_task();

	if (!state || state->used || state->taken)
		return;
	/* What inherited the socket and only exits has not used it. */
	if (state->owner.evidence != EVIDENCE_NONE && of_task(task, flags) & PF_EXITING)
		return;
	tell_current_process();
	fill_current_owner(&state->owner, EVIDENCE_IO);
	state->taken = true;
}

/* A full socket of a connection, not one of the small ones for handshakes and TIME_WAIT. */
static __always_inline bool is_whole(const struct sock *sk)
{
	__u8 state = sk->__sk_common.skc_state;

	return state >= BPF_TCP_ESTABLISHED && state <= BPF_TCP_CLOSING && state != BPF_TCP_TIME_WAIT &&
	       state != BPF_TCP_LISTEN;
}

/* Told first, so that the end, which follows at once, can say who reset the connection. */
static __always_inline void reset_by(const struct sock *sk, enum reset_by by, __u8 reason)
{
	struct socket_state *state = find_state(sk);

	if (!state)
		return;
	state->reset = by;
	state->reset_reason = reason;
}

/*
 * close() with unread data or with SO_LINGER 0 resets the connection after it has left its state (net/ipv4/tcp.c,
 * __tcp_close), so the reset itself comes too late; a connection that leaves ESTABLISHED or CLOSE_WAIT for CLOSE
 * without an error was ended so, and likewise one that had only ended its own direction.
 */
static __always_inline bool is_aborted(const struct sock *sk, int old_state)
{
	if (sk->sk_err)
		return false;
	switch (old_state) {
	case BPF_TCP_ESTABLISHED:
	case BPF_TCP_CLOSE_WAIT:
		return true;
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_FIN_WAIT2:
		/* An orderly end from here has the peer's FIN, or leaves a socket without a process behind. */
		return sk->sk_shutdown == SHUTDOWN_MASK &&
		       !(sk->__sk_common.skc_flags & (1UL << SOCK_DEAD | 1UL << SOCK_DONE));
	}
	return false;
}

/*
 * An ICMP error that comes while connect() holds the socket only goes into its queue of errors (net/ipv4/tcp_ipv4.c,
 * tcp_v4_err). 0 when there is none.
 */
static __always_inline int queued_error(const struct sock *sk)
{
	struct sk_buff *last = BPF_CORE_READ(sk, sk_error_queue.prev);
	struct sock_exterr_skb *error;
	__u32 number = 0;

	/* An empty queue points to itself. */
	if (!last || (void *)last == (void *)sk + bpf_core_field_offset(struct sock, sk_error_queue))
		return 0;
	error = (void *)last + bpf_core_field_offset(struct sk_buff, cb);
	BPF_CORE_READ_INTO(&number, error, ee.ee_errno);
	return number;
}

static __always_inline void error_reported(const struct sock *sk)
{
	struct socket_state *state = find_state(sk);
	int error = sk->sk_err ?: sk->sk_err_soft ?: queued_error(sk);

	if (state && error)
		state->reported_error = error;
}

static __always_inline bool lingers_not(const struct sock *sk)
{
	return sk->__sk_common.skc_flags & (1UL << SOCK_LINGER) && sk->sk_lingertime == 0;
}

/*
 * connect() that fails by itself leaves no error behind. It has sent nothing, and nobody closed the socket: there was
 * no free port (net/ipv4/tcp_ipv4.c, tcp_v4_connect).
 */
static __always_inline int connect_error(const struct sock *sk, const struct tcp_sock *tcp, int reported)
{
	/* Whoever asks with SO_ERROR takes the error out. */
	int error = sk->sk_err ?: sk->sk_err_soft ?: reported;

	return error == 0 && sk->sk_shutdown == 0 && tcp && tcp->segs_out == 0 ? EADDRNOTAVAIL : error;
}

static __always_inline void tell_end(const struct sock *sk, struct socket_state *state, int old_state)
{
	struct tcp_happening happening = {
		.kind = old_state == BPF_TCP_SYN_SENT ? RECORD_CONNECT_FAILED : RECORD_CLOSE,
		.old_state = old_state,
		.new_state = BPF_TCP_CLOSE,
		.error = sk->sk_err,
	};

	if (old_state == BPF_TCP_SYN_SENT)
		happening.error = connect_error(sk, bpf_skc_to_tcp_sock((void *)sk), state ? state->reported_error : 0);
	if (is_aborted(sk, old_state)) {
		happening.error = ECONNABORTED;
		happening.reset = RESET_BY_SELF;
		happening.reason = lingers_not(sk) ? RESET_LINGER : RESET_UNREAD_DATA;
	} else if (state) {
		happening.reset = state->reset;
		happening.reason = state->reset_reason;
	}
	send_tcp(sk, state, &happening);
}

/* `state` may be null. */
static __always_inline void closed(const struct sock *sk, struct socket_state *state, int old_state)
{
	/* No conversation: a listener; a child whose handshake never ended; a socket that never connected. */
	if (old_state == BPF_TCP_LISTEN || old_state == BPF_TCP_SYN_RECV || old_state == BPF_TCP_CLOSE)
		return;
	if (state) {
		/* Before the record takes its time: living.h. */
		state->closed = true;
		if (is_aborted(sk, old_state))
			closing(state);
		if (state->accept_untold)
			tell_accept(sk, cookie_of(sk), state);
		if (!state->interface_index)
			remember_interface(state, sk);
		tell_retransmits(sk, state, old_state, bpf_ktime_get_ns());
	}
	tell_end(sk, state, old_state);
}

#endif
