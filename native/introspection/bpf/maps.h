/* Every map of the kernel side. */
#ifndef PACKETLESS_MAPS_H
#define PACKETLESS_MAPS_H

#include "kernel.h"
#include "record_layout.h"
#include "datagram_table.h"
#include "socket_state.h"

/*
 * Socket → its owner and times.
 * Inserted by: connect, listen, first I/O, sock_create, the snapshot. Deleted by the kernel with the socket.
 * Read by all socket programs and by the look at all sockets.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_state);
} sockets SEC(".maps");

/*
 * Records on their way to user space. Inserted by all programs, consumed by the addon's thread.
 * The size is set before loading.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} ring SEC(".maps");

/* enum counter → how often. Written by all programs, read by the addon. Never deleted. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTER_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/*
 * Process id → which image of it user space was told of. Inserted when a process record was handed over,
 * deleted by sched_process_exit, read before each owner is named.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct told_process);
} told_processes SEC(".maps");

enum {
	SCRATCH_SLOTS = 2,
	/* PATH_MAX: no legal path of an executable is longer. */
	PATH_CAPACITY = 4096,
	NAME_CAPACITY = 256,
	ARGV_CAPACITY = 2048,
	PROCESS_BYTES = 16384,
};

/* Where one process record is put together. */
struct process_scratch {
	__u64 busy;
	/* The path being written: where the walk is, and where its text begins. */
	struct dentry *dentry;
	struct mount *mount;
	__u64 start;
	char path[PATH_CAPACITY + NAME_CAPACITY];
	struct process_record record;
	char bytes[PROCESS_BYTES];
};

/*
 * Working memory of process records. Two a processor: cgroup programs can be preempted, so a second
 * one may begin on the same processor before the first has ended. Used by process.h only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, __u32);
	__type(value, struct process_scratch);
} process_scratches SEC(".maps");

/*
 * Conversations without connections and their counters. Inserted by the first packet; a full table refuses (counted) rather
 * than forgets. Read by the addon every interval, and deleted by it when the socket is gone or idle.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct datagram_key);
	__type(value, struct datagram_conversation);
} datagram_conversations SEC(".maps");

#endif
