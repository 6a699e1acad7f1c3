/*
 * AF_PACKET: frames that a process sends and receives below IP. No hook sees them one by one with their socket, so all
 * that one socket carries is one conversation, without addresses, of the protocol PROTOCOL_PACKET.
 */
#ifndef PACKETLESS_PACKET_SOCKET_H
#define PACKETLESS_PACKET_SOCKET_H

#include "datagram.h"
#include "first_use.h"

static __always_inline bool is_packet_socket(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_PACKET;
}

/* The interface that the socket is bound to, if it is. */
static __always_inline void write_binding(struct datagram_conversation *conversation, const struct sock *sk)
{
	const struct packet_sock *packets = (const void *)sk;
	struct net_device *device = BPF_CORE_READ(packets, prot_hook.dev);

	conversation->netns = sk->__sk_common.skc_net.net->ns.inum;
	if (!device)
		return;
	conversation->interface_index = BPF_CORE_READ(device, ifindex);
	bpf_probe_read_kernel(conversation->interface_name, INTERFACE_NAME_LENGTH, &device->name);
}

/* With a ring that it shares with the kernel, one send() stands for all frames that wait in it. */
static __always_inline bool sends_from_ring(const struct sock *sk)
{
	const struct packet_sock *packets = (const void *)sk;

	return BPF_CORE_READ(packets, tx_ring.pg_vec) != NULL;
}

/* After a send or receive of `bytes`, in the process's own context. */
static __noinline int count_frames(struct sock *sk, bool sent, int bytes)
{
	struct datagram_key key;

	used_by_current(sk);
	__builtin_memset(&key, 0, sizeof(key));
	write_ipv4(key.local_address, 0);
	write_ipv4(key.remote_address, 0);
	key.protocol = PROTOCOL_PACKET;
	key.cookie = cookie_of(sk);

	struct datagram_conversation *conversation = bpf_map_lookup_elem(&datagram_conversations, &key);
	if (conversation) {
		conversation->last_ns = bpf_ktime_get_ns();
	} else {
		struct datagram_conversation fresh;

		__builtin_memset(&fresh, 0, sizeof(fresh));
		fresh.side = sent ? SIDE_CLIENT : SIDE_SERVER;
		write_binding(&fresh, sk);
		fresh.flags = sends_from_ring(sk) ? SOCKET_PACKETS_UNKNOWN : 0;
		conversation = begin_conversation(find_state(sk), &key, &fresh, sent, bytes, 1);
	}
	if (conversation)
		add(conversation, sent, bytes, 1);
	return 0;
}

#endif
