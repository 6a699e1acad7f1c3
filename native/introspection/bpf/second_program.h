/*
 * The kernel skips a tracing program that is running on the same processor already. Where tracepoints are preemptible (from
 * Linux 7 on) that goes for all other tasks until the one that was interrupted in it has the processor again. There the
 * programs keep the processor while they run, and each hook has two of them, one behind the other: the first notes what it
 * serves, the second does what the first was skipped for.
 */
#ifndef PACKETLESS_SECOND_PROGRAM_H
#define PACKETLESS_SECOND_PROGRAM_H

#include "ring.h"

/* Tracepoints are preemptible, and the kernel has these functions. Without, nothing of this is done. Set before loading. */
const volatile bool is_preemptible;

/* kernel/bpf/helpers.c */
extern void bpf_preempt_disable(void) __weak __ksym;
extern void bpf_preempt_enable(void) __weak __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __weak __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __weak __ksym;

static __always_inline void keep_processor(void)
{
	if (is_preemptible)
		bpf_preempt_disable();
}

/*
 * Whoever waits for the processor gets it when the kernel lets go of it next. bpf_preempt_enable() alone would let go here,
 * while the program still counts as running; it does not where interrupts are off.
 */
static __always_inline void release_processor(void)
{
	unsigned long flags;

	if (!is_preemptible)
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

/* One call of a hook: a socket or task, and for changes of state the new one. */
struct note {
	__u64 subject;
	__u64 state;
};

struct notes {
	struct note of[HOOK_COUNT];
};

enum { TASK_NOTES = 1024, IDLE_NOTES = 256 };

/*
 * Task → the calls that first programs serve, or served last, in its context. By the task, because other tasks and
 * processors may come between the two programs; idle tasks are told apart by their processors. Written by both programs, read
 * by the second. When two tasks meet in one place, what was served is served again.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TASK_NOTES + IDLE_NOTES);
	__type(key, __u32);
	__type(value, struct notes);
} served SEC(".maps");

static __always_inline struct note *note_of_current(enum hook hook)
{
	__u32 task = bpf_get_current_pid_tgid();
	__u32 place = task ? task & (TASK_NOTES - 1) : TASK_NOTES + (bpf_get_smp_processor_id() & (IDLE_NOTES - 1));
	struct notes *notes = bpf_map_lookup_elem(&served, &place);

	return notes ? &notes->of[hook] : NULL;
}

static __always_inline void note_served(enum hook hook, const void *subject, __u64 state)
{
	struct note *note = is_preemptible ? note_of_current(hook) : NULL;

	if (!note)
		return;
	note->subject = (__u64)subject;
	note->state = state;
}

static __always_inline bool was_served(enum hook hook, const void *subject, __u64 state)
{
	struct note *note = note_of_current(hook);

	if (!note || note->subject != (__u64)subject || note->state != state)
		return false;
	note->subject = 0;
	return true;
}

/*
 * Defines both programs of a hook, `name` and `name`_second. `is_done` says what the second must not do again; all else of
 * `work` may be done twice.
 */
#define BOTH_PROGRAMS_OF_STATE(section, name, hook, subject, state, is_done, work, arguments...) \
	SEC(section)                                                                             \
	int BPF_PROG(name, arguments)                                                            \
	{                                                                                        \
		keep_processor();                                                                \
		note_served(hook, subject, state);                                               \
		work;                                                                            \
		release_processor();                                                             \
		return 0;                                                                        \
	}                                                                                        \
	SEC(section)                                                                             \
	int BPF_PROG(name##_second, arguments)                                                   \
	{                                                                                        \
		keep_processor();                                                                \
		if (!was_served(hook, subject, state) && !(is_done)) {                           \
			work;                                                                    \
			count(COUNT_SECOND);                                                     \
		}                                                                                \
		release_processor();                                                             \
		return 0;                                                                        \
	}

#define BOTH_PROGRAMS(section, name, hook, subject, work, arguments...) \
	BOTH_PROGRAMS_OF_STATE(section, name, hook, subject, 0, false, work, arguments)

#endif
