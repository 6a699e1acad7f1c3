/* A packet's addresses, ports and payload, as the application counts it. */
#ifndef PACKETLESS_PAYLOAD_H
#define PACKETLESS_PAYLOAD_H

#include "maps.h"
#include "socket.h"

enum { IPV4_HEADER_LENGTH = 20, IPV6_HEADER_LENGTH = 40, UDP_HEADER_LENGTH = 8 };

/* RFC 9260 3: common header, and of a DATA chunk type, length and header. */
enum { SCTP_HEADER_LENGTH = 12, SCTP_DATA = 0, SCTP_DATA_HEADER_LENGTH = 16, SCTP_CHUNKS = 32 };

/* IPv6 extension headers that may precede the payload (RFC 8200 4.1), and how many of them are followed. */
enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION_OPTIONS = 60, EXTENSION_HEADERS = 6 };

struct payload {
	__u64 bytes;
	__u8 protocol;
	/* It answers something that was sent before, so its sender did not open the conversation. */
	bool answers;
};

static __always_inline bool is_extension(__u8 header)
{
	return header == HOP_BY_HOP || header == ROUTING || header == FRAGMENT || header == AUTHENTICATION ||
	       header == DESTINATION_OPTIONS;
}

/* RFC 8200 4.5, RFC 4302 2.2: the lengths of all others are in units of 8 octets beyond the first. */
static __always_inline __u32 extension_length(__u8 header, __u8 length)
{
	if (header == FRAGMENT)
		return 8;
	return header == AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
}

/* Fills in addresses and protocol. Returns the offset of what the packet carries, 0 when it cannot be read. */
static __always_inline __u32 read_ipv4(struct __sk_buff *skb, struct datagram_key *key, bool sent)
{
	__u8 header[IPV4_HEADER_LENGTH];

	if (bpf_skb_load_bytes(skb, 0, header, sizeof(header)))
		return 0;
	__be32 *addresses = (__be32 *)(header + 12);
	write_ipv4(key->local_address, addresses[sent ? 0 : 1]);
	write_ipv4(key->remote_address, addresses[sent ? 1 : 0]);
	key->protocol = header[9];
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

		if (!is_extension(next))
			break;
		if (bpf_skb_load_bytes(skb, offset, extension, sizeof(extension)))
			return 0;
		offset += extension_length(next, extension[1]);
		next = extension[0];
	}
	key->protocol = next;
	return offset;
}

static __always_inline bool has_ports(__u32 protocol)
{
	return protocol == IPPROTO_UDP || protocol == IPPROTO_TCP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_UDPLITE || protocol == IPPROTO_DCCP;
}

/* User data of the packet's DATA chunks; control chunks carry none. */
static __always_inline __u64 sctp_data(struct __sk_buff *skb, __u32 offset)
{
	__u64 bytes = 0;

	offset += SCTP_HEADER_LENGTH;
	for (int i = 0; i < SCTP_CHUNKS; i++) {
		__u8 chunk[4];

		if (bpf_skb_load_bytes(skb, offset, chunk, sizeof(chunk)))
			break;
		__u32 length = chunk[2] << 8 | chunk[3];
		if (length < sizeof(chunk))
			break;
		if (chunk[0] == SCTP_DATA && length >= SCTP_DATA_HEADER_LENGTH)
			bytes += length - SCTP_DATA_HEADER_LENGTH;
		offset += (length + 3) & ~3U;
	}
	return bytes;
}

/* Answers and errors of ICMP (RFC 792) and ICMPv6 (RFC 4443, 4861): types that are never sent unasked. */
static __always_inline bool is_icmp_answer(__u8 type)
{
	return type == 0 || type == 3 || type == 5 || type == 11 || type == 12 || type == 14;
}

static __always_inline bool is_icmpv6_answer(__u8 type)
{
	return (type >= 1 && type <= 4) || type == 129 || type == 134 || type == 136 || type == 137;
}

static __always_inline bool read_icmp(struct __sk_buff *skb, __u32 offset, struct payload *payload)
{
	__u8 type;

	if (bpf_skb_load_bytes(skb, offset, &type, sizeof(type)))
		return false;
	payload->answers = payload->protocol == IPPROTO_ICMP ? is_icmp_answer(type) : is_icmpv6_answer(type);
	return true;
}

/* Fills in all of the key but the socket, and the payload. False when the packet makes no sense. */
static __always_inline bool read_packet(struct __sk_buff *skb, struct datagram_key *key, struct payload *payload,
					bool sent)
{
	__u32 offset = 0;

	__builtin_memset(payload, 0, sizeof(*payload));
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		offset = read_ipv4(skb, key, sent);
	else if (skb->protocol == bpf_htons(ETHERTYPE_IPV6))
		offset = read_ipv6(skb, key, sent);
	if (offset == 0 || skb->len < offset)
		return false;
	payload->protocol = key->protocol;
	payload->bytes = skb->len - offset;
	if (has_ports(key->protocol)) {
		__be16 ports[2];

		if (bpf_skb_load_bytes(skb, offset, ports, sizeof(ports)))
			return false;
		key->local_port = bpf_ntohs(ports[sent ? 0 : 1]);
		key->remote_port = bpf_ntohs(ports[sent ? 1 : 0]);
	}
	switch (key->protocol) {
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (payload->bytes < UDP_HEADER_LENGTH)
			return false;
		payload->bytes -= UDP_HEADER_LENGTH;
		return true;
	case IPPROTO_SCTP:
		payload->bytes = sctp_data(skb, offset);
		return true;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return read_icmp(skb, offset, payload);
	}
	return true;
}

#endif
