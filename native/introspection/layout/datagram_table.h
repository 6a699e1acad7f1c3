/* Entries of the table of conversations without connections, which the kernel programs fill and the addon drains. */
#ifndef PACKETLESS_DATAGRAM_TABLE_H
#define PACKETLESS_DATAGRAM_TABLE_H

#include "record_layout.h"

struct datagram_key {
	__u64 cookie;
	__u8 local_address[ADDRESS_LENGTH];
	__u8 remote_address[ADDRESS_LENGTH];
	__u16 local_port;
	__u16 remote_port;
	__u32 protocol;
};

struct datagram_conversation {
	__u64 first_ns;
	/* To a tick of the kernel's, some milliseconds. */
	__u64 last_ns;
	__u64 bytes_sent;
	__u64 bytes_received;
	__u64 packets_sent;
	__u64 packets_received;
	__u32 netns;
	__u32 interface_index;
	/* enum socket_side */
	__u32 side;
	/* How many packets the record of the first one stood for; 0: it was not handed over. */
	__u32 told_packets;
	/* enum socket_flag */
	__u32 flags;
	__u32 reserved;
	char interface_name[INTERFACE_NAME_LENGTH];
	struct owner_fields owner;
};

#endif
