/* Handing records to user space, and counting what could not be handed over. */
#ifndef PACKETLESS_RING_H
#define PACKETLESS_RING_H

#include "maps.h"

/*
 * User space is woken only when this much waits; otherwise it looks every 50 ms by itself. A wake-up for each
 * record costs several times the record.
 */
const volatile __u64 wake_bytes = 524288;

/* How much waits is asked once in so many bytes of one processor: asking fetches a cache line of the reader's. */
enum { ASK_BYTES = 4096 };

/* Wake-ups stop when the mark was passed by this much: whoever was to be woken has been, and lags. */
enum { WAKE_MARGIN = 262144 };

/* Bytes of this processor since it last asked. A count that two programs spoil at once only asks sooner or later. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} unasked SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);
	/* Per processor, but an interrupt may count between another program's read and write. */
	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline __u64 wake_flags(__u64 size)
{
	__u32 only = 0;
	__u64 *bytes = bpf_map_lookup_elem(&unasked, &only);

	if (!bytes)
		return BPF_RB_NO_WAKEUP;
	*bytes += size;
	if (*bytes < ASK_BYTES && *bytes < wake_bytes)
		return BPF_RB_NO_WAKEUP;
	*bytes = 0;
	__u64 waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);

	return waiting + size >= wake_bytes && waiting < wake_bytes + WAKE_MARGIN ? BPF_RB_FORCE_WAKEUP :
										   BPF_RB_NO_WAKEUP;
}

static __always_inline void fill_header(struct record_header *header, __u16 kind, __u32 size, __u64 now)
{
	header->size = size;
	header->version = RECORD_VERSION;
	header->kind = kind;
	header->time_ns = now;
}

/* Null, and counted, when the ring is full. */
static __always_inline void *reserve(__u64 size)
{
	void *record = bpf_ringbuf_reserve(&ring, size, 0);

	if (!record)
		count(DROP_RING_FULL);
	return record;
}

static __always_inline void submit(void *record, __u64 size)
{
	count(COUNT_SUBMITTED);
	bpf_ringbuf_submit(record, wake_flags(size));
}

/* For the addon's thread itself: not a record that JavaScript is owed. */
static __always_inline void submit_internal(void *record, __u64 size)
{
	bpf_ringbuf_submit(record, wake_flags(size));
}

#endif
