/*
 * Protocols without connections (UDP, ICMP, raw sockets; SCTP, whose connections the kernel does not trace): who owns a
 * socket, and exact counters of each of its conversations. Never a record a packet.
 */
#ifndef PACKETLESS_DATAGRAM_H
#define PACKETLESS_DATAGRAM_H

#include "payload.h"
#include "process.h"
#include "socket.h"

static __always_inline bool is_datagram(const struct bpf_sock *sk)
{
	return sk->protocol != IPPROTO_TCP && sk->protocol != IPPROTO_MPTCP &&
	       (sk->family == AF_INET || sk->family == AF_INET6);
}

/* A raw socket may send TCP's segments by itself. */
static __always_inline bool is_raw(const struct bpf_sock *sk)
{
	return sk->type == SOCK_RAW && (sk->family == AF_INET || sk->family == AF_INET6);
}

/*
 * In the process's own context: socket(), connect(), sendmsg(). Takes the socket over from whoever had it:
 * the creator may have passed it on.
 */
static __always_inline struct socket_state *owned_by_current(struct bpf_sock *sk, __u32 evidence)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (state && state->owner.evidence != EVIDENCE_NONE && is_current(&state->owner))
		return state;
	tell_current_process();
	if (!state)
		state = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(DROP_NO_SOCKET_STORAGE);
		return NULL;
	}
	fill_current_owner(&state->owner, evidence);
	/* Conversations that it has already are told of their new owner by the send that follows. */
	state->owner_untold = state->has_conversations;
	state->used = false;
	return state;
}

static __always_inline void created(struct bpf_sock *sk)
{
	struct socket_state *state = owned_by_current(sk, EVIDENCE_KERNEL);

	if (state)
		state->start_ns = bpf_ktime_get_ns();
}

/* The addon ends the socket's conversations when it reads this. */
static __always_inline void released(struct bpf_sock *sk)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (!state)
		return;
	state->closed = true;
	if (!state->has_conversations)
		return;
	struct datagram_socket_record *record = reserve(sizeof(*record));
	if (!record)
		return;
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, RECORD_DATAGRAM_CLOSED, sizeof(*record), bpf_ktime_get_ns());
	record->cookie = bpf_get_socket_cookie(sk);
	submit_internal(record, sizeof(*record));
}

static __always_inline bool send_first(const struct datagram_key *key, const struct datagram_conversation *conversation,
				       bool sent, __u64 bytes, __u64 packets)
{
	struct datagram_record *record = reserve(sizeof(*record));

	if (!record)
		return false;
	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, RECORD_DATAGRAMS, sizeof(*record), conversation->first_ns);
	record->socket.protocol = key->protocol;
	record->socket.flags = conversation->flags;
	record->socket.cookie = key->cookie;
	__builtin_memcpy(record->socket.local_address, key->local_address, ADDRESS_LENGTH);
	__builtin_memcpy(record->socket.remote_address, key->remote_address, ADDRESS_LENGTH);
	record->socket.local_port = key->local_port;
	record->socket.remote_port = key->remote_port;
	record->socket.netns = conversation->netns;
	record->socket.interface_index = conversation->interface_index;
	record->socket.side = conversation->side;
	__builtin_memcpy(record->socket.interface_name, conversation->interface_name, INTERFACE_NAME_LENGTH);
	record->owner = conversation->owner;
	record->first_time_ns = conversation->first_ns;
	*(sent ? &record->bytes_sent : &record->bytes_received) = bytes;
	*(sent ? &record->packets_sent : &record->packets_received) = packets;
	record->phase = PHASE_FIRST;
	submit(record, sizeof(*record));
	return true;
}

/* At run time a program's skb is the kernel's own; reading it as such gives what the BPF view does not show. */
static __always_inline void write_place(struct datagram_conversation *conversation, struct __sk_buff *skb)
{
	struct sk_buff *kernel = (void *)skb;
	struct net_device *device = BPF_CORE_READ(kernel, dev);

	conversation->netns = BPF_CORE_READ(kernel, sk, __sk_common.skc_net.net, ns.inum);
	conversation->interface_index = skb->ifindex;
	bpf_probe_read_kernel(conversation->interface_name, INTERFACE_NAME_LENGTH, &device->name);
}

/*
 * `fresh` is what is known of the conversation with its first packet, but for its owner. Null, and counted, when the
 * table is full.
 */
static __always_inline struct datagram_conversation *begin_conversation(struct socket_state *state,
									 const struct datagram_key *key,
									 struct datagram_conversation *fresh, bool sent,
									 __u64 bytes, __u64 packets)
{
	if (state && state->closed)
		return NULL;
	fresh->first_ns = fresh->last_ns = bpf_ktime_get_ns();
	if (state)
		fresh->owner = state->owner;

	/* -EEXIST: the same conversation began on another processor; that one tells. */
	long failed = bpf_map_update_elem(&datagram_conversations, key, fresh, BPF_NOEXIST);
	struct datagram_conversation *conversation = bpf_map_lookup_elem(&datagram_conversations, key);
	if (!conversation) {
		count(DROP_DATAGRAM_TABLE_FULL);
		return NULL;
	}
	if (state)
		state->has_conversations = true;
	else
		count(DROP_NO_SOCKET_STORAGE);
	if (!failed)
		conversation->told_packets = send_first(key, fresh, sent, bytes, packets) ? packets : 0;
	return conversation;
}

static __always_inline void add(struct datagram_conversation *conversation, bool sent, __u64 bytes, __u64 packets)
{
	if (sent) {
		__sync_fetch_and_add(&conversation->bytes_sent, bytes);
		__sync_fetch_and_add(&conversation->packets_sent, packets);
	} else {
		__sync_fetch_and_add(&conversation->bytes_received, bytes);
		__sync_fetch_and_add(&conversation->packets_received, packets);
	}
}

/*
 * Neighbour discovery, group membership, answers to pings: the kernel talks for itself, and no process has a part in it.
 * Its other sockets (tunnels, network file systems) carry conversations of use.
 */
static __always_inline bool is_kernels_own(struct __sk_buff *skb, const struct payload *payload)
{
	struct sk_buff *kernel = (void *)skb;

	if (payload->protocol != IPPROTO_ICMP && payload->protocol != IPPROTO_ICMPV6 &&
	    payload->protocol != IPPROTO_IGMP && payload->protocol != IPPROTO_TCP)
		return false;
	struct sock *sk = BPF_CORE_READ(kernel, sk);

	return !sk || BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock);
}

/* The socket of an accepted association was made by the kernel, not by socket(): so its process did not open it. */
static __always_inline __u32 sctp_side(const struct socket_state *state, __u32 by_direction)
{
	if (state->start_ns)
		return by_direction;
	return state->owner.evidence == EVIDENCE_SNAPSHOT ? SIDE_UNKNOWN : SIDE_SERVER;
}

static __always_inline struct datagram_conversation *first_packet(struct __sk_buff *skb, struct bpf_sock *sk,
								   const struct datagram_key *key, bool sent,
								   const struct payload *payload, __u64 packets)
{
	struct datagram_conversation fresh;

	if (is_kernels_own(skb, payload))
		return NULL;
	__builtin_memset(&fresh, 0, sizeof(fresh));
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	/* Whoever sent first opened it, unless that only answers. */
	fresh.side = sent != payload->answers ? SIDE_CLIENT : SIDE_SERVER;
	if (state && payload->protocol == IPPROTO_SCTP)
		fresh.side = sctp_side(state, fresh.side);
	write_place(&fresh, skb);
	return begin_conversation(state, key, &fresh, sent, payload->bytes, packets);
}

/*
 * A datagram that was counted as received found the socket's receive buffer full, so no process will ever see it. Its
 * UDP header was taken off already; the packet's headers still lie before it (net/ipv4/udp.c, __udp_queue_rcv_skb).
 */
static __always_inline void uncount_datagram(struct sock *sk, struct sk_buff *datagram)
{
	struct datagram_key key;
	unsigned char *head = BPF_CORE_READ(datagram, head);
	unsigned char *network = head + BPF_CORE_READ(datagram, network_header);
	unsigned char *transport = head + BPF_CORE_READ(datagram, transport_header);
	__be16 ports[2];
	__u8 header[IPV6_HEADER_LENGTH];

	__builtin_memset(&key, 0, sizeof(key));
	if (bpf_probe_read_kernel(header, IPV4_HEADER_LENGTH, network) ||
	    bpf_probe_read_kernel(ports, sizeof(ports), transport))
		return;
	if (header[0] >> 4 == 4) {
		__be32 *addresses = (__be32 *)(header + 12);

		write_ipv4(key.local_address, addresses[1]);
		write_ipv4(key.remote_address, addresses[0]);
	} else {
		if (bpf_probe_read_kernel(header, sizeof(header), network))
			return;
		__builtin_memcpy(key.remote_address, header + 8, ADDRESS_LENGTH);
		__builtin_memcpy(key.local_address, header + 24, ADDRESS_LENGTH);
	}
	key.local_port = bpf_ntohs(ports[1]);
	key.remote_port = bpf_ntohs(ports[0]);
	key.protocol = sk->sk_protocol;
	key.cookie = cookie_of(sk);

	struct datagram_conversation *conversation = bpf_map_lookup_elem(&datagram_conversations, &key);
	if (!conversation)
		return;
	__sync_fetch_and_sub(&conversation->bytes_received, BPF_CORE_READ(datagram, len));
	__sync_fetch_and_sub(&conversation->packets_received, 1);
}

/* Told without a call, because every packet of the host comes by here. */
static __always_inline bool carries_tcp(struct __sk_buff *skb)
{
	__u8 *header = (void *)(long)skb->data;
	__u8 *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		return header + IPV4_HEADER_LENGTH <= end && header[9] == IPPROTO_TCP;
	return skb->protocol == bpf_htons(ETHERTYPE_IPV6) && header + IPV6_HEADER_LENGTH <= end &&
	       header[6] == IPPROTO_TCP;
}

/* Some milliseconds old at most, and cheap; there from 5.11 on. */
static __always_inline __u64 coarse_time(void)
{
#ifdef KERNEL_BEFORE_5_12
	return bpf_ktime_get_ns();
#else
	return bpf_ktime_get_coarse_ns();
#endif
}

/* A listening socket of SCTP that accepts: associations have sockets of their own. */
static __always_inline bool is_handshake_only(const struct bpf_sock *sk)
{
	return sk->protocol == IPPROTO_SCTP && sk->type == SOCK_STREAM && sk->state == BPF_TCP_LISTEN;
}

static __always_inline void count_packet(struct __sk_buff *skb, bool sent)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return;
	/* A raw socket that sends TCP's segments by itself is in no state of TCP but CLOSE. */
	if (carries_tcp(skb) && sk->state != BPF_TCP_CLOSE)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !(is_datagram(sk) || is_raw(sk)) || is_handshake_only(sk))
		return;

	struct datagram_key key;
	struct payload payload;
	__builtin_memset(&key, 0, sizeof(key));
	if (!read_packet(skb, &key, &payload, sent)) {
		count(DROP_DATAGRAM_UNREADABLE);
		return;
	}
	key.cookie = bpf_get_socket_cookie(skb);
	/* One buffer may stand for several packets (segmentation offload). */
	__u64 packets = skb->gso_segs > 1 ? skb->gso_segs : 1;

	struct datagram_conversation *conversation = bpf_map_lookup_elem(&datagram_conversations, &key);
	if (conversation)
		conversation->last_ns = coarse_time();
	else
		conversation = first_packet(skb, sk, &key, sent, &payload, packets);
	if (conversation)
		add(conversation, sent, payload.bytes, packets);
}

#endif
