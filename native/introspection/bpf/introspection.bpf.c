/* The hooks of tier A. What each does is in the header named after it. */
#include "close.h"
#include "first_use.h"
#include "open.h"
#include "packet_socket.h"
#include "retransmit.h"
#include "shared_hooks.h"
#include "snapshot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(tcp_state, const struct sock *sk, int old_state, int new_state)
{
	if (!is_tcp(sk))
		return 0;
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
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(socket_sent, struct sock *sk, int result)
{
	if (is_watched(sk))
		return used_by_current(sk);
	if (result > 0 && is_packet_socket(sk))
		count_frames(sk, true, result);
	return 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(socket_received, struct sock *sk, int result)
{
	if (is_watched(sk))
		return used_by_current(sk);
	if (result > 0 && is_packet_socket(sk))
		count_frames(sk, false, result);
	return 0;
}

SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(tcp_received, struct sock *sk)
{
	return is_watched(sk) ? used_by_current(sk) : 0;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(tcp_retransmitted, const struct sock *sk)
{
	if (is_tcp(sk))
		retransmitted(sk);
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(tcp_reset_received, const struct sock *sk)
{
	reset_by(sk, RESET_BY_PEER, 0);
	return 0;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(tcp_reset_sent, const struct sock *sk, const struct sk_buff *segment)
{
	/* A segment that belongs to no connection is answered too. */
	if (!sk || !is_whole(sk))
		return 0;
	/* The third argument is there from 6.10 on. */
	reset_by(sk, RESET_BY_SELF, bpf_core_type_exists(enum sk_rst_reason) ? (__u8)ctx[2] : 0);
	return 0;
}

SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(error_report, const struct sock *sk)
{
	if (is_tcp(sk))
		error_reported(sk);
	return 0;
}

SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_done, struct sock *listener, void *argument, struct sock *accepted)
{
	return accepted ? used_by_current(accepted) : 0;
}

/* Its parameters were four: listener, flags, error, whether the kernel itself accepts. */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_done_before_6_10, struct sock *listener, int flags, int *error, bool kern, struct sock *accepted)
{
	return accepted ? used_by_current(accepted) : 0;
}

/* What connect() answers: the one way to learn of an error before the first packet (attempt.h). */
SEC("fexit/__inet_stream_connect")
int BPF_PROG(connect_done, struct socket *socket, void *address, int length, int flags, int is_sendmsg, int result)
{
	struct sock *sk = socket->sk;

	if (result < 0 && sk && is_tcp(sk))
		attempt_answered(sk, -result);
	return 0;
}

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
