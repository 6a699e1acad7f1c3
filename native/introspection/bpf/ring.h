/* Handing records to user space, and counting what could not be handed over. */
#ifndef PACKETLESS_RING_H
#define PACKETLESS_RING_H

#include "maps.h"

/*
 * User space is woken only when this much waits; otherwise it looks every 100 ms by itself. A wake-up for each
 * record costs several times the record.
 */
const volatile __u64 wake_bytes = 65536;

/* Wake-ups go on for this much more, in case two processors step over the mark at once and neither notices. */
enum { WAKE_MARGIN = 2048 };

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);
	if (value)
		*value += 1;
}

static __always_inline __u64 wake_flags(__u64 size)
{
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
