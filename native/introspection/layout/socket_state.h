/* What the kernel programs remember of a socket. The addon writes it, too, of sockets that are older than the programs. */
#ifndef PACKETLESS_SOCKET_STATE_H
#define PACKETLESS_SOCKET_STATE_H

#include <stdbool.h>

#include "record_layout.h"

struct socket_state {
	struct owner_fields owner;
	/* Of the SYN, for the connect latency. */
	__u64 start_ns;
	__u64 retransmit_told_ns;
	__u64 owner_told_ns;
	/* When a look at all sockets last told of it. */
	__u64 counters_told_ns;
	__u32 retransmits_told;
	/* Segments both ways and the state when the counters were last told by a look at all sockets. */
	__u32 segments_told;
	__u32 latency_us;
	__u32 interface_index;
	char interface_name[INTERFACE_NAME_LENGTH];
	/* enum socket_side; for a listener SIDE_SERVER. */
	__u8 side;
	/* enum retransmit_cause of the last one. */
	__u8 retransmit_cause;
	/* enum reset_by, and why: the kernel's number. */
	__u8 reset;
	__u8 reset_reason;
	__u8 state_told;
	/* Somebody has sent or received on it, so the owner is whoever uses it. */
	bool used;
	/* TCP: its beginning was told, or lies before the programs. */
	bool opened;
	/* Without connections: the table holds at least one conversation of it. */
	bool has_conversations;
	/* TCP: its end is being told. Others: released, so no new conversation may begin. */
	bool closed;
	/* The owner is another than user space was told, and the ring had no room to say so. */
	bool owner_untold;
	/* TCP: connect() was called, and what it said is not known yet: attempt.h. */
	bool attempting;
	/* TCP, accepted: user space was not told yet that it is there. */
	bool accept_untold;
	/* TCP: the owner has it in hand, though it may have sent and received nothing. */
	bool taken;
	__u8 reserved;
	__u16 attempt_port;
	/* 0: not known. */
	__u16 attempt_error;
	/* TCP: the last error that the kernel reported to the socket; whoever asked for it has taken it out. */
	__u16 reported_error;
	__u8 attempt_address[ADDRESS_LENGTH];
	__u8 reserved_too[4];
};

/* Which image of a process user space was told of. */
struct told_process {
	__u64 start_time_ns;
	__u64 exec_id;
};

#endif
