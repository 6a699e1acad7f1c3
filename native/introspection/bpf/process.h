/*
 * Telling user space about the process behind a socket, in that process's own context: nothing is looked up
 * afterwards, so one that lives a millisecond, or forked without exec, is named as well as any other.
 */
#ifndef PACKETLESS_PROCESS_H
#define PACKETLESS_PROCESS_H

#include "path.h"
#include "ring.h"
#include "task.h"

/* Of another than the current task its members are read one by one. */
static __always_inline bool is_told(struct task_struct *task)
{
	__u32 pid = of_task(task, tgid);
	struct told_process *told = bpf_map_lookup_elem(&told_processes, &pid);

	return told && told->start_time_ns == of_task(task, group_leader, start_time) &&
	       told->exec_id == of_task(task, self_exec_id);
}

/*
 * Takes a free slot of process_scratches; SCRATCH_SLOTS, and counted, when there is none. Before 5.12 an atomic
 * addition gives nothing back, so the sum is read afterwards: two that meet may both withdraw, never both go on.
 */
static __always_inline __u32 take_scratch(void)
{
	for (__u32 slot = 0; slot < SCRATCH_SLOTS; slot++) {
		__u32 key = slot;
		struct process_scratch *scratch = bpf_map_lookup_elem(&process_scratches, &key);

		if (!scratch)
			continue;
		__sync_fetch_and_add(&scratch->busy, 1);
		if (*(volatile __u64 *)&scratch->busy == 1)
			return slot;
		__sync_fetch_and_add(&scratch->busy, -1);
	}
	count(DROP_SCRATCH_BUSY);
	return SCRATCH_SLOTS;
}

/* Appends the path of the task's executable to the record's bytes. Returns its length, 0 when not known. */
static __always_inline __u64 append_exe(struct process_scratch *scratch, __u32 slot, struct task_struct *task,
					__u64 used)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	if (!exe)
		return 0;
	__u64 length = write_path(scratch, slot, exe);
	if (length == 0 || length >= PATH_CAPACITY || used > PROCESS_BYTES / 2)
		return 0;
	if (bpf_probe_read_kernel(&scratch->bytes[used], length & (PATH_CAPACITY - 1),
				  &scratch->path[(PATH_CAPACITY - length) & (PATH_CAPACITY - 1)]))
		return 0;
	return length;
}

/* How argv is read: of the current task without sleeping, or of another task by a sleepable program. */
enum argv_source { ARGV_CURRENT, ARGV_OTHER };

static __always_inline long read_argv(void *to, __u32 size, unsigned long from, struct task_struct *task,
				      enum argv_source source)
{
	if (source == ARGV_OTHER)
		return bpf_copy_from_user_task(to, size, (void *)from, task, 0);
	return bpf_probe_read_user(to, size, (void *)from);
}

/* Appends the argument strings to the record's bytes. Returns their length. */
static __always_inline __u64 append_argv(struct process_scratch *scratch, struct task_struct *task, __u64 used,
					 enum argv_source source)
{
	unsigned long from = BPF_CORE_READ(task, mm, arg_start);
	__u64 length = BPF_CORE_READ(task, mm, arg_end) - from;

	if (from == 0 || length == 0)
		return 0;
	if (length > ARGV_CAPACITY) {
		length = ARGV_CAPACITY;
		scratch->record.flags |= PROCESS_ARGV_TRUNCATED;
	}
	if (used > PROCESS_BYTES / 2)
		return 0;
	if (read_argv(&scratch->bytes[used], length, from, task, source) == 0)
		return length;

	/* A page of it may not be in memory: keep what the first page holds. */
	__u64 in_page = 4096 - (from & 4095);
	if (in_page < length && in_page <= ARGV_CAPACITY &&
	    read_argv(&scratch->bytes[used], in_page, from, task, source) == 0) {
		scratch->record.flags |= PROCESS_ARGV_TRUNCATED;
		return in_page;
	}
	scratch->record.flags |= PROCESS_ARGV_UNREAD;
	return 0;
}

static __always_inline void fill_parent(struct process_record *record, struct task_struct *parent)
{
	record->parent_pid = of_task(parent, tgid);
	record->parent_uid = of_task(parent, cred, uid.val);
	record->parent_gid = of_task(parent, cred, gid.val);
	bpf_probe_read_kernel(record->parent_comm, sizeof(record->parent_comm), parent->comm);
	record->flags |= PROCESS_HAS_PARENT;
}

static __always_inline void fill_process(struct process_record *record, struct task_struct *task)
{
	__builtin_memset(record, 0, sizeof(*record));
	record->start_time_ns = of_task(task, group_leader, start_time);
	record->cgroup_id = of_task(task, cgroups, dfl_cgrp, kn, id);
	record->pid = of_task(task, tgid);
	record->uid = of_task(task, cred, uid.val);
	record->gid = of_task(task, cred, gid.val);
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), of_task(task, group_leader)->comm);
}

/* Remembered only after the record was handed over: a full ring must not hide the process for ever. */
static __always_inline void remember_told(struct task_struct *task)
{
	__u32 pid = of_task(task, tgid);
	struct told_process told = { .start_time_ns = of_task(task, group_leader, start_time),
				     .exec_id = of_task(task, self_exec_id) };

	if (bpf_map_update_elem(&told_processes, &pid, &told, BPF_ANY))
		count(DROP_TOLD_TABLE_FULL);
}

static __always_inline void send_process(struct process_scratch *scratch, __u32 slot, struct task_struct *task,
					 enum argv_source source)
{
	struct process_record *record = &scratch->record;
	struct task_struct *parent = of_task(task, real_parent);
	__u64 used = 0;

	fill_process(record, task);
	record->exe_length = used = append_exe(scratch, slot, task, 0);
	/* The last name of the file is gone, its path is the one it had. */
	if (used && BPF_CORE_READ(task, mm, exe_file, f_inode, i_nlink) == 0)
		record->flags |= PROCESS_EXE_DELETED;
	record->argv_length = append_argv(scratch, task, used, source);
	used += record->argv_length;
	/* Process 0 is no process: init and kernel threads were started by the kernel itself. */
	if (parent && of_task(parent, tgid) != 0) {
		fill_parent(record, parent);
		record->parent_exe_length = append_exe(scratch, slot, parent, used);
		used += record->parent_exe_length;
	}

	__u64 size = (sizeof(*record) + used + 7) & ~7ULL;
	fill_header(&record->header, RECORD_PROCESS, size, bpf_ktime_get_ns());
	if (size > sizeof(*record) + PROCESS_BYTES)
		return;
	if (bpf_ringbuf_output(&ring, record, size, wake_flags(size))) {
		count(DROP_RING_FULL);
		return;
	}
	count(COUNT_SUBMITTED);
	remember_told(task);
}

static __always_inline void tell_process(struct task_struct *task, enum argv_source source)
{
	/* One that is exiting has lost its memory already; what could be told of it was told. */
	if (of_task(task, flags) & PF_EXITING || is_told(task))
		return;
	__u32 slot = take_scratch();
	struct process_scratch *scratch = bpf_map_lookup_elem(&process_scratches, &slot);
	if (!scratch)
		return;
	send_process(scratch, slot, task, source);
	__sync_fetch_and_add(&scratch->busy, -1);
}

/* Global: the verifier checks it once. */
__noinline int describe_current_process(void)
{
	tell_process(current_task(), ARGV_CURRENT);
	return 0;
}

static __always_inline bool is_current_told(void)
{
#ifdef KERNEL_BEFORE_5_12
	return false;
#else
	struct task_struct *task = current_task();
	__u32 pid = task->tgid;
	struct told_process *told = bpf_map_lookup_elem(&told_processes, &pid);

	return told && told->exec_id == task->self_exec_id &&
	       told->start_time_ns == of_task(task, group_leader, start_time);
#endif
}

/* Call only where `current` is the process that uses the socket. */
static __always_inline void tell_current_process(void)
{
	if (!is_current_told())
		describe_current_process();
}

/* The last thread of a process is exiting. Its sockets are closed after this, so their records come later. */
static __always_inline void process_exited(struct task_struct *task)
{
	__u32 pid = of_task(task, tgid);

	if (of_task(task, signal, live.counter) > 0 || bpf_map_delete_elem(&told_processes, &pid))
		return;
	struct exit_record *record = reserve(sizeof(*record));
	if (!record)
		return;
	fill_header(&record->header, RECORD_EXIT, sizeof(*record), bpf_ktime_get_ns());
	record->pid = pid;
	record->reserved = 0;
	submit(record, sizeof(*record));
}

#endif
