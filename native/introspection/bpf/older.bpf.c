/*
 * Tier B on kernels that describe themselves (BTF) but are older than 5.12: there tracing programs cannot keep anything
 * with a socket, so TCP is followed by the programs at the root of the cgroup tree, which can. What each hook does is the
 * same as in tier A, and in the same headers.
 */
#define KERNEL_BEFORE_5_12

#include "close.h"
#include "datagram.h"
#include "first_use.h"
#include "living.h"
#include "old_sockets.h"
#include "open.h"
#include "retransmit.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A cgroup program's answer; any other would forbid the call or drop the packet. */
enum { ALLOW = 1 };

/* Asks for the callbacks of this socket, besides those that others may want. */
static __always_inline void follow(struct bpf_sock_ops *context)
{
	bpf_sock_ops_cb_flags_set(context, context->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG |
						   BPF_SOCK_OPS_RETRANS_CB_FLAG);
	/* From now on it has one: cookie_of. */
	bpf_get_socket_cookie(context);
}

static __always_inline void state_changed(const struct sock *sk, int old_state, int new_state)
{
	switch (new_state) {
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_LAST_ACK:
		closing(sk);
		break;
	case BPF_TCP_CLOSE:
		closed(sk, find_state(sk), old_state);
		break;
	}
}

SEC("sockops")
int tcp_happens(struct bpf_sock_ops *context)
{
	struct sock *sk;

	if (!context->sk)
		return ALLOW;
	sk = (struct sock *)bpf_skc_to_tcp_sock(context->sk);
	if (!sk)
		return ALLOW;
	switch (context->op) {
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		follow(context);
		named_by_process(sk, SIDE_CLIENT);
		break;
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		follow(context);
		named_by_process(sk, SIDE_SERVER);
		break;
	case BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB:
		follow(context);
		connected(sk);
		break;
	case BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB:
		follow(context);
		accepted(sk);
		break;
	case BPF_SOCK_OPS_RETRANS_CB:
		retransmitted(sk);
		break;
	case BPF_SOCK_OPS_STATE_CB:
		state_changed(sk, context->args[0], context->args[1]);
		break;
	}
	return ALLOW;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(old_socket_closed, const struct sock *sk, int old_state, int new_state)
{
	if (new_state == BPF_TCP_CLOSE && is_tcp(sk))
		old_connection_closed(sk, old_state);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int living_sockets(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct sock *sk = context->sk;
	struct socket_state *state = context->value;

	if (sk && state)
		visit_socket(context->meta->seq, sk, state);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	process_exited(task);
	return 0;
}

SEC("cgroup/sock_create")
int socket_created(struct bpf_sock *sk)
{
	if (!is_datagram(sk))
		return ALLOW;
	bpf_get_socket_cookie(sk);
	created(sk);
	return ALLOW;
}

SEC("cgroup/sock_release")
int socket_released(struct bpf_sock *sk)
{
	if (is_datagram(sk))
		released(sk);
	return ALLOW;
}

SEC("cgroup_skb/egress")
int packet_sent(struct __sk_buff *skb)
{
	count_packet(skb, true);
	return ALLOW;
}

SEC("cgroup_skb/ingress")
int packet_received(struct __sk_buff *skb)
{
	count_packet(skb, false);
	return ALLOW;
}

static __always_inline int udp_call(struct bpf_sock_addr *call)
{
	if (call->sk && is_datagram(call->sk))
		owned_by_current(call->sk, EVIDENCE_IO);
	return ALLOW;
}

SEC("cgroup/connect4")
int udp_connect4(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

SEC("cgroup/connect6")
int udp_connect6(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

SEC("cgroup/sendmsg4")
int udp_send4(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

SEC("cgroup/sendmsg6")
int udp_send6(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

SEC("cgroup/recvmsg4")
int udp_receive4(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

SEC("cgroup/recvmsg6")
int udp_receive6(struct bpf_sock_addr *call)
{
	return udp_call(call);
}

/* In accept() itself, when the server asks who it is that came: the accepted socket, in the accepting process. */
static __always_inline int peer_asked_for(struct bpf_sock_addr *call)
{
	struct sock *sk;

	if (!call->sk)
		return ALLOW;
	sk = (struct sock *)bpf_skc_to_tcp_sock(call->sk);
	if (sk)
		used_by_current(sk);
	return ALLOW;
}

SEC("cgroup/getpeername4")
int accept_done4(struct bpf_sock_addr *call)
{
	return peer_asked_for(call);
}

SEC("cgroup/getpeername6")
int accept_done6(struct bpf_sock_addr *call)
{
	return peer_asked_for(call);
}
