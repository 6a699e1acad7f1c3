/* What every record about a TCP socket says of it: addresses, namespace, interface. */
#ifndef PACKETLESS_SOCKET_H
#define PACKETLESS_SOCKET_H

#include "ring.h"

static __always_inline struct socket_state *find_state(const struct sock *sk)
{
	return bpf_sk_storage_get(&sockets, (void *)sk, 0, 0);
}

static __always_inline struct socket_state *make_state(const struct sock *sk)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, (void *)sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (!state)
		count(DROP_NO_SOCKET_STORAGE);
	return state;
}

/*
 * Before 5.12 only programs at cgroups can ask for a socket's cookie. They do so at its beginning, and from then on it
 * stands in the socket.
 */
#ifdef KERNEL_BEFORE_5_12
#define give_cookie(context) bpf_get_socket_cookie(context)
static __always_inline __u64 cookie_of(const struct sock *sk)
{
	return sk->__sk_common.skc_cookie.counter;
}
#else
#define give_cookie(context)
static __always_inline __u64 cookie_of(const struct sock *sk)
{
	return bpf_get_socket_cookie((void *)sk);
}
#endif

static __always_inline bool is_internet(const struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return family == AF_INET || family == AF_INET6;
}

/* ::ffff:a.b.c.d (RFC 4291 §2.5.5.2) */
static __always_inline void write_ipv4(__u8 *to, __be32 address)
{
	__u32 *words = (__u32 *)to;

	words[0] = 0;
	words[1] = 0;
	words[2] = bpf_htonl(0xffff);
	words[3] = address;
}

static __always_inline void write_addresses(struct socket_fields *to, const struct sock *sk)
{
	if (sk->__sk_common.skc_family == AF_INET) {
		write_ipv4(to->local_address, sk->__sk_common.skc_rcv_saddr);
		write_ipv4(to->remote_address, sk->__sk_common.skc_daddr);
		return;
	}
	__u32 *local = (__u32 *)to->local_address;
	__u32 *remote = (__u32 *)to->remote_address;
#pragma unroll
	for (int word = 0; word < 4; word++) {
		local[word] = sk->__sk_common.skc_v6_rcv_saddr.in6_u.u6_addr32[word];
		remote[word] = sk->__sk_common.skc_v6_daddr.in6_u.u6_addr32[word];
	}
}

/* The device of the cached route: right from ESTABLISHED on, gone at CLOSE, so it is kept with the socket. */
static __always_inline void remember_interface(struct socket_state *state, const struct sock *sk)
{
	struct dst_entry *route = sk->sk_dst_cache;

	if (!route)
		return;
	struct net_device *device = route->dev;
	if (!device)
		return;
	state->interface_index = device->ifindex;
	bpf_probe_read_kernel(state->interface_name, sizeof(state->interface_name), device->name);
}

#endif
