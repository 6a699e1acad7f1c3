/*
 * Bytes that travel from the capturing thread to TypeScript. Written here once: the addon includes this file,
 * src/layout.generated.ts is made from the same structs (layout.c).
 * Little-endian, naturally aligned, no implicit padding. A change of meaning bumps RECORD_VERSION.
 */
#ifndef PACKETLESS_FLOW_LAYOUT_H
#define PACKETLESS_FLOW_LAYOUT_H

#include <linux/types.h>

enum record_version { RECORD_VERSION = 1 };

enum record_kind {
	RECORD_FLOW = 1,
	RECORD_NAME = 2,
	RECORD_QUIC = 3,
};

enum { ADDRESS_LENGTH = 16 };

/* What becomes of a packet that is no part of a flow. */
enum decode_problem {
	DECODED = 0,
	/* ARP, LLDP, spanning tree …: nothing is wrong with it. */
	NOT_IP = 1,
	/* Fewer bytes were captured than the headers have (snaplen). */
	CUT_LINK = 2,
	CUT_NETWORK = 3,
	CUT_TRANSPORT = 4,
	/* The headers contradict themselves or the packet's length on the wire. */
	MALFORMED_LINK = 5,
	MALFORMED_NETWORK = 6,
	MALFORMED_TRANSPORT = 7,
	/* More headers inside one another than anybody needs. */
	TOO_DEEP = 8,
	/* A pcapng file may have interfaces of any kind. */
	UNKNOWN_LINK = 9,
	DECODE_PROBLEM_COUNT = 10,
};

/* What happened to a flow's record. */
enum flow_phase {
	PHASE_UPDATE = 1,
	PHASE_END = 2,
};

enum end_reason {
	END_NONE = 0,
	/* Both sides closed, or one reset, and nothing came for a while. */
	END_CLOSED = 1,
	END_IDLE = 2,
	/* The same addresses and ports began another conversation. */
	END_REUSED = 3,
	/* The table was full and this flow was the one that was quiet the longest, of those looked at. */
	END_EVICTED = 4,
	/* No more packets: the file ended, or the capture was closed. */
	END_CAPTURE = 5,
};

/* How it is known which side is the client. */
enum orientation {
	/* The first packet came from the client, as far as anybody knows. */
	ORIENTED_FIRST_PACKET = 1,
	/* One port is a service's. */
	ORIENTED_PORTS = 2,
	/* The kind of packet says it: SYN, SYN-ACK, an echo request or reply. */
	ORIENTED_HANDSHAKE = 3,
};

/* A connection as seen from the wire between its ends. */
enum wire_state {
	/* Not TCP, or not seen yet. */
	WIRE_NONE = 0,
	WIRE_SYN_SENT = 1,
	WIRE_SYN_RECEIVED = 2,
	WIRE_ESTABLISHED = 3,
	/* One side has closed. */
	WIRE_HALF_CLOSED = 4,
	/* Both sides have closed. */
	WIRE_CLOSED = 5,
	WIRE_RESET = 6,
};

enum flow_flag {
	/* Some packets were fragments. */
	FLOW_FRAGMENTED = 1,
	/* Fragments whose first one, with the ports, was not seen: their flow has port 0. */
	FLOW_WITHOUT_PORTS = 2,
	/* An ICMP error quoted a packet of this flow: icmp_type, icmp_code. */
	FLOW_ICMP_ERROR = 4,
	/* The addresses are those inside a tunnel. */
	FLOW_TUNNELLED = 8,
	/* SYN and SYN-ACK were seen, so the initial sequence numbers are known. */
	FLOW_HANDSHAKE_SEEN = 16,
};

/* The lower bits of a flow's id are its number, which no other flow has that lives at the same time. */
enum flow_id { FLOW_NUMBER_BITS = 21 };

/* In front of the records of one batch. */
struct batch_header {
	__u32 size;
	__u32 version;
};

/* In front of every record. */
struct record_header {
	/* Bytes of the whole record with this header, a multiple of 8. */
	__u32 size;
	__u16 version;
	/* enum record_kind */
	__u16 kind;
	/* Nanoseconds since 1970, of the packet that was the latest. */
	__u64 time_ns;
};

/* What one side of a flow did, as seen on the wire. Totals since the flow began. */
struct side_counters {
	/* Of IP, headers included. */
	__u64 bytes;
	__u64 packets;
	/* TCP, of segments that this side sent: */
	__u32 retransmits;
	__u32 out_of_order;
	/* The other side had acknowledged it already; counted in retransmits, too. */
	__u32 duplicates;
	__u32 zero_windows;
	__u32 resets;
	/* From the wire to this side and back, in the handshake; 0: not measured. */
	__u32 handshake_rtt_us;
	/* The same of data that this side acknowledged, smoothed; 0: not measured. */
	__u32 data_rtt_us;
	__u32 initial_sequence;
	/* All flags of TCP that it has sent. */
	__u8 tcp_flags;
	__u8 reserved[7];
};

/* RECORD_FLOW */
struct flow_record {
	struct record_header header;
	/* Never used twice by one capture, below 2^53. */
	__u64 id;
	__u64 first_ns;
	__u64 last_ns;
	/* IPv4 as IPv4-mapped IPv6 */
	__u8 client_address[ADDRESS_LENGTH];
	__u8 server_address[ADDRESS_LENGTH];
	__u16 client_port;
	__u16 server_port;
	/* Of the innermost tag; 0: none. */
	__u16 vlan;
	__u8 protocol;
	/* 4 or 6 */
	__u8 ip_version;
	/* enum flow_phase, end_reason, orientation, wire_state */
	__u8 phase;
	__u8 end_reason;
	__u8 orientation;
	__u8 state;
	/* enum flow_flag */
	__u8 flags;
	__u8 icmp_type;
	__u8 icmp_code;
	__u8 reserved;
	struct side_counters client;
	struct side_counters server;
};

/* What a name was found in. */
enum name_kind {
	/* The server that a TLS client asks for (RFC 6066 3), and a protocol that it offers (RFC 7301). */
	NAME_TLS_SERVER = 1,
	NAME_TLS_PROTOCOL = 2,
	NAME_HTTP_HOST = 3,
	/* An answer of DNS: this name has this address. */
	NAME_DNS = 4,
	/* What a host calls itself when it asks for an address. */
	NAME_DHCP = 5,
	/* What talks in a flow, as a library recognises it, and of what kind that is. */
	NAME_APPLICATION = 6,
	NAME_CATEGORY = 7,
};

/* Text is printable ASCII without blanks, at most so long. */
enum { NAME_CAPACITY = 255 };

/* RECORD_NAME: followed by the text, and zeros up to a multiple of 8. */
struct name_record {
	struct record_header header;
	/* 0: it is about no flow, but about the address. */
	__u64 flow_id;
	__u8 address[ADDRESS_LENGTH];
	/* enum name_kind */
	__u32 kind;
	__u32 length;
};

/* RECORD_QUIC: followed by a datagram that begins a connection of QUIC, and zeros up to a multiple of 8. */
struct quic_record {
	struct record_header header;
	__u64 flow_id;
	__u32 length;
	__u32 reserved;
};

/* Names all of the above in one place, so that the compiler keeps them in the object's type information. */
struct flow_layout {
	struct batch_header batch_header;
	struct flow_record flow_record;
	struct name_record name_record;
	struct quic_record quic_record;
	enum name_kind name_kind;
	enum flow_id flow_id;
	enum record_version record_version;
	enum record_kind record_kind;
	enum decode_problem decode_problem;
	enum flow_phase flow_phase;
	enum end_reason end_reason;
	enum orientation orientation;
	enum wire_state wire_state;
	enum flow_flag flow_flag;
};

#endif
