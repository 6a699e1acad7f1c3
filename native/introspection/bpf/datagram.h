/* UDP: who owns a socket, and exact counters of each of its conversations. Never a record a datagram. */
#ifndef PACKETLESS_DATAGRAM_H
#define PACKETLESS_DATAGRAM_H

#include "process.h"
#include "socket.h"

enum { UDP_HEADER_LENGTH = 8, IPV6_HEADER_LENGTH = 40 };

/* IPv6 extension headers that may precede UDP (RFC 8200 §4.1), and how many of them are followed. */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, DESTINATION_OPTIONS = 60, EXTENSION_HEADERS = 6 };

static __always_inline bool is_udp(const struct bpf_sock *sk)
{
	return sk->protocol == IPPROTO_UDP && (sk->family == AF_INET || sk->family == AF_INET6);
}

/*
 * In the process's own context: socket(), connect(), sendmsg(). Takes the socket over from whoever had it:
 * the creator may have passed it on.
 */
static __always_inline void udp_owned_by_current(struct bpf_sock *sk, __u32 evidence)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, 0);

	if (state && state->owner.evidence != EVIDENCE_NONE && state->owner.pid == task->tgid)
		return;
	tell_current_process();
	if (!state)
		state = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(DROP_NO_SOCKET_STORAGE);
		return;
	}
	fill_owner(&state->owner, task, evidence);
	/* Conversations that it has already are told of their new owner by the send that follows. */
	state->owner_untold = state->has_conversations;
	state->used = false;
}

/* The addon ends the socket's conversations when it reads this. */
static __always_inline void datagram_socket_released(struct bpf_sock *sk)
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

/* Fills in the addresses. Returns the offset of the UDP header, 0 when the datagram is no UDP of IPv4. */
static __always_inline __u32 read_ipv4(struct __sk_buff *skb, struct datagram_key *key, bool sent)
{
	__u8 header[20];

	if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)) || header[9] != IPPROTO_UDP)
		return 0;
	__be32 *addresses = (__be32 *)(header + 12);
	write_ipv4(key->local_address, addresses[sent ? 0 : 1]);
	write_ipv4(key->remote_address, addresses[sent ? 1 : 0]);
	return (header[0] & 15) * 4;
}

/* As read_ipv4, past extension headers. */
static __always_inline __u32 read_ipv6(struct __sk_buff *skb, struct datagram_key *key, bool sent)
{
	__u8 next;
	__u32 offset = IPV6_HEADER_LENGTH;

	if (bpf_skb_load_bytes(skb, 6, &next, sizeof(next)) ||
	    bpf_skb_load_bytes(skb, sent ? 8 : 24, key->local_address, ADDRESS_LENGTH) ||
	    bpf_skb_load_bytes(skb, sent ? 24 : 8, key->remote_address, ADDRESS_LENGTH))
		return 0;
	for (int i = 0; i < EXTENSION_HEADERS; i++) {
		__u8 extension[2];

		if (next == IPPROTO_UDP)
			return offset;
		if (next != HOP_BY_HOP && next != ROUTING && next != FRAGMENT && next != DESTINATION_OPTIONS)
			return 0;
		if (bpf_skb_load_bytes(skb, offset, extension, sizeof(extension)))
			return 0;
		offset += next == FRAGMENT ? 8 : (extension[1] + 1) * 8;
		next = extension[0];
	}
	return 0;
}

static __always_inline __u32 read_datagram(struct __sk_buff *skb, struct datagram_key *key, bool sent)
{
	__u32 offset = 0;
	__be16 ports[2];

	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		offset = read_ipv4(skb, key, sent);
	else if (skb->protocol == bpf_htons(ETHERTYPE_IPV6))
		offset = read_ipv6(skb, key, sent);
	if (offset == 0 || bpf_skb_load_bytes(skb, offset, ports, sizeof(ports)))
		return 0;
	key->local_port = bpf_ntohs(ports[sent ? 0 : 1]);
	key->remote_port = bpf_ntohs(ports[sent ? 1 : 0]);
	return offset;
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

/* The direction of the first datagram tells who opened the conversation. Null, and counted, when the table is full. */
static __always_inline struct datagram_conversation *begin_conversation(struct __sk_buff *skb, struct bpf_sock *sk,
								   struct datagram_key *key, bool sent, __u64 bytes,
								   __u64 packets)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	struct datagram_conversation fresh;

	if (state && state->closed)
		return NULL;
	__builtin_memset(&fresh, 0, sizeof(fresh));
	fresh.first_ns = fresh.last_ns = bpf_ktime_get_ns();
	fresh.side = sent ? SIDE_CLIENT : SIDE_SERVER;
	write_place(&fresh, skb);
	if (state)
		fresh.owner = state->owner;

	/* -EEXIST: the same conversation began on another processor; that one tells. */
	long failed = bpf_map_update_elem(&datagram_conversations, key, &fresh, BPF_NOEXIST);
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
		conversation->told = send_first(key, &fresh, sent, bytes, packets);
	return conversation;
}

static __always_inline void count_packet(struct __sk_buff *skb, bool sent)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !is_udp(sk))
		return;

	struct datagram_key key;
	__builtin_memset(&key, 0, sizeof(key));
	__u32 offset = read_datagram(skb, &key, sent);
	if (offset == 0 || skb->len < offset + UDP_HEADER_LENGTH) {
		count(DROP_DATAGRAM_UNREADABLE);
		return;
	}
	key.cookie = bpf_get_socket_cookie(skb);
	__u64 bytes = skb->len - offset - UDP_HEADER_LENGTH;
	/* One buffer may stand for several datagrams (segmentation offload). */
	__u64 packets = skb->gso_segs > 1 ? skb->gso_segs : 1;

	struct datagram_conversation *conversation = bpf_map_lookup_elem(&datagram_conversations, &key);
	if (conversation)
		conversation->last_ns = bpf_ktime_get_ns();
	else
		conversation = begin_conversation(skb, sk, &key, sent, bytes, packets);
	if (!conversation)
		return;
	if (sent) {
		__sync_fetch_and_add(&conversation->bytes_sent, bytes);
		__sync_fetch_and_add(&conversation->packets_sent, packets);
	} else {
		__sync_fetch_and_add(&conversation->bytes_received, bytes);
		__sync_fetch_and_add(&conversation->packets_received, packets);
	}
}

#endif
