/* The hooks of tier A. What each does is in the header named after it. */
#include "close.h"
#include "first_use.h"
#include "open.h"
#include "packet_socket.h"
#include "retransmit.h"
#include "second_program.h"
#include "shared_hooks.h"
#include "snapshot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void state_changed(const struct sock *sk, int old_state, int new_state)
{
	if (!is_tcp(sk))
		return;
	switch (new_state) {
	case BPF_TCP_SYN_SENT:
		named_by_process(sk, SIDE_CLIENT);
		break;
	case BPF_TCP_LISTEN:
		named_by_process(sk, SIDE_SERVER);
		break;
	case BPF_TCP_ESTABLISHED:
		if (old_state == BPF_TCP_SYN_SENT)
			connected(sk);
		else
			accepted(sk);
		break;
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_LAST_ACK:
		closing(make_state(sk));
		break;
	case BPF_TCP_CLOSE:
		closed(sk, find_state(sk), old_state);
		break;
	}
}

static __always_inline bool is_told_of(const struct sock *sk, int new_state)
{
	struct socket_state *state = is_tcp(sk) ? find_state(sk) : NULL;

	if (!state)
		return false;
	return new_state == BPF_TCP_ESTABLISHED ? state->opened || state->accept_untold :
						  new_state == BPF_TCP_CLOSE && state->closed;
}

BOTH_PROGRAMS_OF_STATE("tp_btf/inet_sock_set_state", tcp_state, HOOK_TCP_STATE, sk, new_state,
		       is_told_of(sk, new_state), state_changed(sk, old_state, new_state),
		       const struct sock *sk, int old_state, int new_state)

static __always_inline void transferred(struct sock *sk, bool sent, int result)
{
	if (is_watched(sk))
		used_by_current(sk);
	else if (result > 0 && is_packet_socket(sk))
		count_frames(sk, sent, result);
}

BOTH_PROGRAMS("tp_btf/sock_send_length", socket_sent, HOOK_SEND, sk, transferred(sk, true, result),
	      struct sock *sk, int result)

BOTH_PROGRAMS("tp_btf/sock_recv_length", socket_received, HOOK_RECEIVE, sk, transferred(sk, false, result),
	      struct sock *sk, int result)

BOTH_PROGRAMS("tp_btf/tcp_rcv_space_adjust", tcp_received, HOOK_TCP_RECEIVE, sk, transferred(sk, false, 0),
	      struct sock *sk)

static __always_inline void segment_retransmitted(const struct sock *sk)
{
	if (is_tcp(sk))
		retransmitted(sk);
}

BOTH_PROGRAMS("tp_btf/tcp_retransmit_skb", tcp_retransmitted, HOOK_RETRANSMIT, sk, segment_retransmitted(sk),
	      const struct sock *sk)

BOTH_PROGRAMS("tp_btf/tcp_receive_reset", tcp_reset_received, HOOK_RESET_RECEIVED, sk,
	      reset_by(sk, RESET_BY_PEER, 0), const struct sock *sk)

static __always_inline void reset_sent(const struct sock *sk, __u64 reason)
{
	/* A segment that belongs to no connection is answered too. */
	if (sk && is_whole(sk))
		reset_by(sk, RESET_BY_SELF, reason);
}

/* The third argument is there from 6.10 on. */
BOTH_PROGRAMS("tp_btf/tcp_send_reset", tcp_reset_sent, HOOK_RESET_SENT, sk,
	      reset_sent(sk, bpf_core_type_exists(enum sk_rst_reason) ? (__u8)ctx[2] : 0),
	      const struct sock *sk, const struct sk_buff *segment)

static __always_inline void reported(const struct sock *sk)
{
	if (is_tcp(sk))
		error_reported(sk);
}

BOTH_PROGRAMS("tp_btf/inet_sk_error_report", error_report, HOOK_ERROR, sk, reported(sk), const struct sock *sk)

static __always_inline void accept_answered(struct sock *accepted)
{
	if (accepted)
		used_by_current(accepted);
}

BOTH_PROGRAMS("fexit/inet_csk_accept", accept_done, HOOK_ACCEPT, accepted, accept_answered(accepted),
	      struct sock *listener, void *argument, struct sock *accepted)

/* Its parameters were four: listener, flags, error, whether the kernel itself accepts. */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_done_before_6_10, struct sock *listener, int flags, int *error, bool kern, struct sock *accepted)
{
	accept_answered(accepted);
	return 0;
}

static __always_inline void connect_answered(struct socket *socket, int result)
{
	struct sock *sk = socket->sk;

	if (result < 0 && sk && is_tcp(sk))
		attempt_answered(sk, -result);
}

/* What connect() answers: the one way to learn of an error before the first packet (attempt.h). */
BOTH_PROGRAMS("fexit/__inet_stream_connect", connect_done, HOOK_CONNECT, socket, connect_answered(socket, result),
	      struct socket *socket, void *address, int length, int flags, int is_sendmsg, int result)

SEC("iter.s/task_file")
int existing_sockets(struct bpf_iter__task_file *context)
{
	struct task_struct *task = context->task;
	struct file *file = context->file;

	if (task && file)
		visit_file(task, file);
	return 0;
}

SEC("tp_btf/udp_fail_queue_rcv_skb")
int BPF_PROG(datagram_refused, int error, struct sock *sk, struct sk_buff *datagram)
{
	uncount_datagram(sk, datagram);
	return 0;
}
