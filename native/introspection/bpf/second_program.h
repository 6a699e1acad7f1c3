/*
 * The kernel skips a tracing program that is running on the same processor already: for what an interrupt does there, and,
 * where hooks are preemptible (tracepoints from Linux 7 on, functions always), for other tasks, until the one that was
 * interrupted has the processor again. So the programs of such a hook keep the processor while they run, and there are two
 * of them, one behind the other: the second does what the first was skipped for.
 */
#ifndef PACKETLESS_SECOND_PROGRAM_H
#define PACKETLESS_SECOND_PROGRAM_H

#include "ring.h"

/* Hooks are preemptible, and the kernel has these functions. Set before loading. */
const volatile bool keeps_processor;

/* kernel/bpf/helpers.c */
extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __weak __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __weak __ksym;

static __always_inline void keep_processor(void)
{
	if (keeps_processor)
		bpf_preempt_disable();
}

/*
 * Whoever waits for the processor gets it when the kernel lets go of it next. bpf_preempt_enable() alone would let go here,
 * while the program still counts as running; it does not where interrupts are off.
 */
static __always_inline void release_processor(void)
{
	unsigned long flags;

	if (!keeps_processor)
		return;
	bpf_local_irq_save(&flags);
	bpf_preempt_enable();
	bpf_local_irq_restore(&flags);
}

enum hook {
	HOOK_TCP_STATE,
	HOOK_SEND,
	HOOK_RECEIVE,
	HOOK_TCP_RECEIVE,
	HOOK_RETRANSMIT,
	HOOK_RESET_RECEIVED,
	HOOK_RESET_SENT,
	HOOK_ERROR,
	HOOK_CONNECT,
	HOOK_ACCEPT,
	HOOK_EXIT,
	HOOK_COUNT,
};

/* Hook → whether its first program is running on this processor. Written by the first program, read by the second. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HOOK_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} running SEC(".maps");

static __always_inline __u64 *running_at(__u32 hook)
{
	return bpf_map_lookup_elem(&running, &hook);
}

/* Defines both programs of a hook, `name` and `name`_second, that do `work`. */
#define BOTH_PROGRAMS(section, name, hook, work, arguments...) \
	SEC(section)                                           \
	int BPF_PROG(name, arguments)                          \
	{                                                      \
		__u64 *is_running = running_at(hook);          \
                                                               \
		if (!is_running)                               \
			return 0;                              \
		*is_running = true;                            \
		keep_processor();                              \
		work;                                          \
		release_processor();                           \
		*is_running = false;                           \
		return 0;                                      \
	}                                                      \
	SEC(section)                                           \
	int BPF_PROG(name##_second, arguments)                 \
	{                                                      \
		__u64 *is_running = running_at(hook);          \
                                                               \
		if (!is_running || !*is_running)               \
			return 0;                              \
		keep_processor();                              \
		work;                                          \
		count(COUNT_SECOND);                           \
		release_processor();                           \
		return 0;                                      \
	}

#endif
