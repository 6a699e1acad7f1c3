/*
 * Tier B on kernels that describe themselves (BTF) but are older than 5.12: there tracing programs cannot keep anything
 * with a socket, so TCP is followed by the programs at the root of the cgroup tree, which can. What each hook does is the
 * same as in tier A, and in the same headers.
 */
#define KERNEL_BEFORE_5_12

#include "close.h"
#include "old_sockets.h"
#include "open.h"
#include "retransmit.h"
#include "second_program.h"
#include "shared_hooks.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Asks for the callbacks of this socket, besides those that others may want. */
static __always_inline void follow(struct bpf_sock_ops *context)
{
	bpf_sock_ops_cb_flags_set(context, context->bpf_sock_ops_cb_flags | BPF_SOCK_OPS_STATE_CB_FLAG |
						   BPF_SOCK_OPS_RETRANS_CB_FLAG);
	give_cookie(context);
}

static __always_inline void state_changed(const struct sock *sk, int old_state, int new_state)
{
	struct socket_state *state = make_state(sk);

	if (!state)
		return;
	adopt_taker(sk, state);
	switch (new_state) {
	case BPF_TCP_FIN_WAIT1:
	case BPF_TCP_LAST_ACK:
		closing(state);
		break;
	case BPF_TCP_CLOSE:
		closed(sk, state, old_state);
		forget_taker(sk);
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

static __always_inline void old_socket_changed(const struct sock *sk, int old_state, int new_state)
{
	if (is_tcp(sk))
		old_connection_changed(sk, old_state, new_state);
}

BOTH_PROGRAMS_OF_STATE("tp_btf/inet_sock_set_state", old_socket_state, HOOK_TCP_STATE, sk, new_state, false,
		       old_socket_changed(sk, old_state, new_state), const struct sock *sk, int old_state, int new_state)

static __always_inline void accept_answered(struct sock *accepted)
{
	if (accepted)
		accepted_by_current(accepted);
}

BOTH_PROGRAMS("fexit/inet_csk_accept", accept_done, HOOK_ACCEPT, accepted, accept_answered(accepted),
	      struct sock *listener, void *argument, struct sock *accepted)

/* Its parameters were four before 6.10: listener, flags, error, whether the kernel itself accepts. */
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_done_before_6_10, struct sock *listener, int flags, int *error, bool kern, struct sock *accepted)
{
	accept_answered(accepted);
	return 0;
}
