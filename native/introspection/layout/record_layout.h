/*
 * Bytes that travel from the kernel programs to TypeScript. Written here once: the kernel programs and the
 * addon include this file, src/layout.generated.ts is made from the same structs (layout.c).
 * Little-endian, naturally aligned, no implicit padding. A change of meaning bumps RECORD_VERSION.
 */
#ifndef PACKETLESS_RECORD_LAYOUT_H
#define PACKETLESS_RECORD_LAYOUT_H

#include <linux/types.h>

enum record_version { RECORD_VERSION = 2 };

enum record_kind {
	RECORD_CONNECT = 1,
	RECORD_ACCEPT = 2,
	RECORD_CONNECT_FAILED = 3,
	RECORD_CLOSE = 4,
	RECORD_RETRANSMIT = 5,
	RECORD_OWNER = 6,
	RECORD_DATAGRAMS = 7,
	RECORD_PROCESS = 8,
	RECORD_EXIT = 9,
	RECORD_NETSTAT = 10,
	RECORD_LISTENER = 11,
	RECORD_SWEEP = 12,
	RECORD_INTERFACE = 13,
	RECORD_CGROUP = 14,
	RECORD_TRANSLATION = 15,
	RECORD_TRANSLATIONS_TOLD = 16,
	/* From here on: for the addon's own thread, never handed to JavaScript. */
	RECORD_DATAGRAM_OWNER = 64,
	RECORD_DATAGRAM_CLOSED = 65,
};

enum owner_evidence {
	EVIDENCE_NONE = 0,
	EVIDENCE_KERNEL = 1,
	EVIDENCE_IO = 2,
	EVIDENCE_SNAPSHOT = 3,
	/* Looked up in /proc. */
	EVIDENCE_PROC = 4,
};

enum socket_side {
	SIDE_UNKNOWN = 0,
	SIDE_CLIENT = 1,
	SIDE_SERVER = 2,
};

enum socket_flag {
	/* The record's bytes and packets, and a connection's health, are not known: what stands there is 0. */
	SOCKET_COUNTERS_UNKNOWN = 1,
	/* What went wrong is not known, if anything did. */
	SOCKET_ERROR_UNKNOWN = 2,
	/* Bytes are known, packets are not: what stands there is 0 or too little. */
	SOCKET_PACKETS_UNKNOWN = 4,
};

enum datagram_phase {
	PHASE_FIRST = 1,
	PHASE_UPDATE = 2,
	PHASE_END = 3,
};

/* Why a segment was sent again. */
enum retransmit_cause {
	CAUSE_UNKNOWN = 0,
	/* SYN or SYN-ACK. */
	CAUSE_HANDSHAKE = 1,
	/* The retransmission timer ran out. */
	CAUSE_TIMEOUT = 2,
	/* Fast retransmit: the peer's acknowledgements show a hole. */
	CAUSE_RECOVERY = 3,
	/* Tail loss probe (RFC 8985 7). */
	CAUSE_PROBE = 4,
};

/* Who reset the connection. */
enum reset_by {
	RESET_NONE = 0,
	RESET_BY_PEER = 1,
	RESET_BY_SELF = 2,
};

/* Reasons to reset that the kernel does not name in time: its own numbers stay below. */
enum own_reset_reason {
	/* close() with received data that nobody had read. */
	RESET_UNREAD_DATA = 256,
	/* close() with SO_LINGER and a time of 0. */
	RESET_LINGER = 257,
};

/* Errors that the kernel gives to connect() alone and keeps nowhere; beyond all of its own (MAX_ERRNO). */
enum own_error {
	/* No packet was ever sent, because there is no route. */
	ERROR_NO_ROUTE = 4096,
};

/*
 * What is put for the protocol of a conversation that a process makes below IP through an AF_PACKET socket. IANA
 * reserves the number, so no packet bears it.
 */
enum { PROTOCOL_PACKET = 255 };

/* What was lost and why; the index of a counter in the `counters` map. */
enum counter {
	/* Records handed over: no loss. */
	COUNT_SUBMITTED = 0,
	DROP_RING_FULL = 1,
	DROP_DATAGRAM_TABLE_FULL = 2,
	DROP_NO_SOCKET_STORAGE = 3,
	DROP_TOLD_TABLE_FULL = 4,
	DROP_SCRATCH_BUSY = 5,
	DROP_DATAGRAM_UNREADABLE = 6,
	/* What a second program did because the first was skipped: no loss (second_program.h). */
	COUNT_SECOND = 7,
	COUNTER_COUNT = 8,
};

enum { COMM_LENGTH = 16, INTERFACE_NAME_LENGTH = 16, ADDRESS_LENGTH = 16 };

/* In front of the records of one batch; made by the addon. */
struct batch_header {
	__u32 size;
	__u32 version;
	/* Add to a record's time to get nanoseconds since 1970. */
	__s64 wall_offset_ns;
};

/* In front of every record. */
struct record_header {
	/* Bytes of the whole record with this header, a multiple of 8. */
	__u32 size;
	__u16 version;
	/* enum record_kind */
	__u16 kind;
	/* CLOCK_MONOTONIC */
	__u64 time_ns;
};

struct owner_fields {
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 gid;
	__u64 cgroup_id;
	char comm[COMM_LENGTH];
	/* enum owner_evidence; EVIDENCE_NONE: there is no owner and the rest is zero */
	__u32 evidence;
	/* Counts the programs that the process has been (execve), low half; with the pid it names one of them. */
	__u32 exec_id;
};

struct socket_fields {
	/* 0: not known */
	__u64 cookie;
	/* IPv4 as IPv4-mapped IPv6 */
	__u8 local_address[ADDRESS_LENGTH];
	__u8 remote_address[ADDRESS_LENGTH];
	__u16 local_port;
	__u16 remote_port;
	/* 0: not known */
	__u32 netns;
	__u32 interface_index;
	/* enum socket_side */
	__u32 side;
	/* IP protocol number, or PROTOCOL_PACKET. */
	__u32 protocol;
	/* enum socket_flag */
	__u32 flags;
	char interface_name[INTERFACE_NAME_LENGTH];
};

struct tcp_counters {
	__u64 bytes_sent;
	__u64 bytes_received;
	__u32 segments_sent;
	__u32 segments_received;
	__u32 rtt_us;
	__u32 rtt_var_us;
	__u32 retransmits;
	__u32 out_of_order;
	__u32 lost;
	__u32 unacknowledged;
	/* Bytes a second; 0: not measured. */
	__u64 delivery_rate;
	/* Segments. */
	__u32 congestion_window;
	__u32 reserved;
};

/* RECORD_CONNECT, _ACCEPT, _CONNECT_FAILED, _CLOSE, _RETRANSMIT, _OWNER, _NETSTAT */
struct tcp_record {
	struct record_header header;
	struct socket_fields socket;
	struct owner_fields owner;
	struct tcp_counters counters;
	/* 0: not measured */
	__u32 latency_us;
	__u32 count;
	__u16 error;
	__u8 state;
	__u8 has_handshake;
	__u32 client_sequence;
	__u32 server_sequence;
	/* enum retransmit_cause of a RECORD_RETRANSMIT; of a RECORD_CLOSE the kernel's reason to reset, or enum own_reset_reason. */
	__u16 reason;
	/* enum reset_by */
	__u16 reset;
};

/* RECORD_DATAGRAMS: a conversation of a protocol without connections, UDP, ICMP, raw … */
struct datagram_record {
	struct record_header header;
	struct socket_fields socket;
	struct owner_fields owner;
	__u64 first_time_ns;
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	/* enum datagram_phase */
	__u32 phase;
	__u32 reserved;
};

/* RECORD_DATAGRAM_OWNER, RECORD_DATAGRAM_CLOSED (owner empty) */
struct datagram_socket_record {
	struct record_header header;
	__u64 cookie;
	struct owner_fields owner;
};

/* In the list of cookies of what waits for connections or packets: it is an AF_PACKET socket's. */
#define WAITS_FOR_PACKETS (1ULL << 63)

/* RECORD_LISTENER: a socket that waits for whoever comes: TCP in LISTEN, or bound and unconnected. */
struct listener_record {
	struct record_header header;
	struct socket_fields socket;
	struct owner_fields owner;
	/* When it began to listen; 0: before the programs were there, so not known. */
	__u64 since_ns;
	/* Connections that wait to be accepted, and how many may. */
	__u32 backlog;
	__u32 backlog_limit;
};

/* RECORD_SWEEP: the end of one look at all sockets. The listeners told since the one before are all there are. */
struct sweep_record {
	struct record_header header;
	__u32 conversations;
	__u32 listeners;
};

enum duplex { DUPLEX_UNKNOWN = 0, DUPLEX_HALF = 1, DUPLEX_FULL = 2 };

/* RECORD_INTERFACE: a network interface's totals. */
struct interface_record {
	struct record_header header;
	__u32 netns;
	__u32 index;
	/* ARPHRD_*, IFF_* and IF_OPER_* of the kernel. */
	__u32 type;
	__u32 flags;
	__u32 oper_state;
	/* enum duplex */
	__u32 duplex;
	__u32 mtu;
	/* The other end of a veth pair: its index, 0 when there is none, and its network namespace, 0 when not known. */
	__u32 peer_index;
	__u32 peer_netns;
	/* A process in the namespace, 0 when none is known. */
	__u32 pid;
	/* Bits a second; 0: not known. */
	__u64 speed_bps;
	__u64 bytes_received;
	__u64 packets_received;
	__u64 errors_received;
	__u64 drops_received;
	__u64 bytes_sent;
	__u64 packets_sent;
	__u64 errors_sent;
	__u64 drops_sent;
	char name[INTERFACE_NAME_LENGTH];
};

enum process_flag {
	PROCESS_ARGV_TRUNCATED = 1,
	PROCESS_ARGV_UNREAD = 2,
	PROCESS_HAS_PARENT = 4,
	/* The executable's file was removed or replaced. */
	PROCESS_EXE_DELETED = 8,
	/* Read in /proc, some time after it did what is told of it. */
	PROCESS_FROM_PROC = 16,
};

/* RECORD_PROCESS; exe, argv (NUL-terminated strings) and the parent's exe follow it in this order, without gaps. */
struct process_record {
	struct record_header header;
	__u64 start_time_ns;
	__u64 cgroup_id;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	/* enum process_flag */
	__u32 flags;
	char comm[COMM_LENGTH];
	char parent_comm[COMM_LENGTH];
	__u32 parent_pid;
	__u32 parent_uid;
	__u32 parent_gid;
	/* 0: not known */
	__u32 exe_length;
	__u32 argv_length;
	__u32 parent_exe_length;
};

/* RECORD_EXIT */
struct exit_record {
	struct record_header header;
	__u32 pid;
	__u32 reserved;
};

enum cgroup_flag {
	CGROUP_REMOVED = 1,
	/* The path is longer than the record holds; its beginning is there. */
	CGROUP_PATH_CUT = 2,
};

enum { CGROUP_PATH_CAPACITY = 1024 };

/*
 * RECORD_CGROUP: a control group of version 2 was made or removed, or was there before the watch. Its path follows,
 * as seen from the root of the tree, and ends before `size` with NULs.
 */
struct cgroup_record {
	struct record_header header;
	/* As in owner_fields; the inode of the group's directory. */
	__u64 id;
	/* enum cgroup_flag */
	__u32 flags;
	__u32 path_length;
};

enum translation_phase {
	/* A first packet was translated just now. */
	TRANSLATION_BEGAN = 1,
	/* It was there when the watch looked, or was made at some time in the last seconds. */
	TRANSLATION_FOUND = 2,
	TRANSLATION_ENDED = 3,
};

/* Both ends of a conversation. */
struct ends_fields {
	/* IPv4 as IPv4-mapped IPv6 */
	__u8 client_address[ADDRESS_LENGTH];
	__u8 server_address[ADDRESS_LENGTH];
	__u16 client_port;
	__u16 server_port;
	__u32 reserved;
};

/* RECORD_TRANSLATION: what a network namespace makes of a conversation that passes it (NAT). */
struct translation_record {
	struct record_header header;
	struct ends_fields before;
	struct ends_fields after;
	__u32 netns;
	/* IP protocol number, of those with ports. */
	__u32 protocol;
	/* enum translation_phase */
	__u32 phase;
	__u32 reserved;
};

/* RECORD_TRANSLATIONS_TOLD: all that live in a namespace have been told, those that lived at `since_ns` since then. */
struct translations_told_record {
	struct record_header header;
	/* CLOCK_MONOTONIC, as in the header. */
	__u64 since_ns;
	__u32 netns;
	__u32 reserved;
};

/* Names all of the above in one place: what of it TypeScript is to know. */
struct record_layout {
	struct batch_header batch_header;
	struct tcp_record tcp_record;
	struct datagram_record datagram_record;
	struct process_record process_record;
	struct exit_record exit_record;
	struct listener_record listener_record;
	struct sweep_record sweep_record;
	struct interface_record interface_record;
	struct cgroup_record cgroup_record;
	struct ends_fields ends_fields;
	struct translation_record translation_record;
	struct translations_told_record translations_told_record;
	enum cgroup_flag cgroup_flag;
	enum record_version record_version;
	enum record_kind record_kind;
	enum owner_evidence owner_evidence;
	enum socket_side socket_side;
	enum socket_flag socket_flag;
	enum datagram_phase datagram_phase;
	enum retransmit_cause retransmit_cause;
	enum reset_by reset_by;
	enum own_reset_reason own_reset_reason;
	enum own_error own_error;
	enum duplex duplex;
	enum process_flag process_flag;
	enum counter counter;
	enum translation_phase translation_phase;
};

#endif
