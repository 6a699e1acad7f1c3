/* The hooks that tier A and B have in common. */
#ifndef PACKETLESS_SHARED_HOOKS_H
#define PACKETLESS_SHARED_HOOKS_H

#include "accept.h"
#include "attempt.h"
#include "cgroup.h"
#include "datagram.h"
#include "first_use.h"
#include "living.h"
#include "second_program.h"

SEC("iter/bpf_sk_storage_map")
int living_sockets(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct sock *sk = context->sk;
	struct socket_state *state = context->value;

	if (sk && state)
		visit_socket(context->meta->seq, sk, state);
	return 0;
}

SEC("iter/bpf_sk_storage_map")
int waiting_sockets(struct bpf_iter__bpf_sk_storage_map *context)
{
	struct sock *sk = context->sk;

	if (sk)
		visit_waiting(context->meta->seq, sk);
	return 0;
}

BOTH_PROGRAMS("tp_btf/sched_process_exit", process_exit, HOOK_EXIT, task, process_exited(task),
	      struct task_struct *task)

/* These two need no second program: the kernel makes and removes one control group at a time. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *group, const char *path)
{
	tell_cgroup(group, path, 0);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_removed, struct cgroup *group, const char *path)
{
	tell_cgroup(group, path, CGROUP_REMOVED);
	return 0;
}

/* A cgroup program's answer; any other would forbid the call or drop the packet. */
enum { ALLOW = 1 };

SEC("cgroup/sock_create")
int socket_created(struct bpf_sock *sk)
{
	give_cookie(sk);
	if (is_datagram(sk))
		created(sk);
	return ALLOW;
}

SEC("cgroup/sock_release")
int socket_released(struct bpf_sock *sk)
{
	if (is_datagram(sk))
		released(sk);
	else
		attempt_ended(sk);
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

/*
 * accept() asks for the peer's name when its caller wants it, in the caller's own context: whoever asks has the
 * connection in hand.
 */
static __always_inline int peer_asked(struct bpf_sock_addr *call)
{
	if (!call->sk || call->sk->protocol != IPPROTO_TCP)
		return ALLOW;
#ifdef KERNEL_BEFORE_5_12
	/* No program sees the I/O that may follow. */
	struct sock *sk = (struct sock *)bpf_skc_to_tcp_sock(call->sk);
	struct socket_state *state = sk ? find_state(sk) : NULL;
	if (!state)
		return ALLOW;
	adopt_taker(sk, state);
	used_by_current(sk);
#else
	taken_by_current(call->sk);
#endif
	return ALLOW;
}

SEC("cgroup/getpeername4")
int peer_asked4(struct bpf_sock_addr *call)
{
	return peer_asked(call);
}

SEC("cgroup/getpeername6")
int peer_asked6(struct bpf_sock_addr *call)
{
	return peer_asked(call);
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *call)
{
	struct bpf_sock *sk = call->sk;
	__u8 address[ADDRESS_LENGTH];

	if (!sk || sk->protocol != IPPROTO_TCP)
		return udp_call(call);
	write_ipv4(address, call->user_ip4);
	attempt(call, address);
	return ALLOW;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *call)
{
	struct bpf_sock *sk = call->sk;
	__u32 address[ADDRESS_LENGTH / 4];

	if (!sk || sk->protocol != IPPROTO_TCP)
		return udp_call(call);
	address[0] = call->user_ip6[0];
	address[1] = call->user_ip6[1];
	address[2] = call->user_ip6[2];
	address[3] = call->user_ip6[3];
	attempt(call, (__u8 *)address);
	return ALLOW;
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

#endif
