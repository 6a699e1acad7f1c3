/* The task as an owner of sockets. */
#ifndef PACKETLESS_TASK_H
#define PACKETLESS_TASK_H

#include "maps.h"

/*
 * of_task(task, cred, uid.val) is task->cred->uid.val. The verifier knows the current task's type from 5.11 on, and its
 * members could be followed; but for each pointer of it that is, later verifiers search all types of the kernel for
 * rules, which takes as long as all the rest of loading.
 */
#define of_task(task, ...) BPF_CORE_READ(task, __VA_ARGS__)

static __always_inline struct task_struct *current_task(void)
{
#ifdef KERNEL_BEFORE_5_12
	return (struct task_struct *)bpf_get_current_task();
#else
	return bpf_get_current_task_btf();
#endif
}

/* The same process, and still the same program. Asked at every send and receive. */
static __always_inline bool is_current(const struct owner_fields *owner)
{
	struct task_struct *task = current_task();

#ifdef KERNEL_BEFORE_5_12
	return owner->pid == of_task(task, tgid) && owner->exec_id == (__u32)of_task(task, self_exec_id);
#else
	return owner->pid == task->tgid && owner->exec_id == (__u32)task->self_exec_id;
#endif
}

static __always_inline void fill_owner(struct owner_fields *owner, struct task_struct *task, __u32 evidence)
{
	owner->pid = of_task(task, tgid);
	owner->tid = of_task(task, pid);
	owner->uid = of_task(task, cred, uid.val);
	owner->gid = of_task(task, cred, gid.val);
	owner->cgroup_id = of_task(task, cgroups, dfl_cgrp, kn, id);
	bpf_probe_read_kernel(owner->comm, sizeof(owner->comm), task->comm);
	owner->evidence = evidence;
	owner->exec_id = of_task(task, self_exec_id);
}

/* fill_owner() of the current task, from what the kernel answers without a guarded read of its memory. */
static __always_inline void fill_current_owner(struct owner_fields *owner, __u32 evidence)
{
#ifdef KERNEL_BEFORE_5_12
	fill_owner(owner, current_task(), evidence);
#else
	struct task_struct *task = current_task();
	__u64 ids = bpf_get_current_uid_gid();

	owner->pid = task->tgid;
	owner->tid = task->pid;
	owner->uid = (__u32)ids;
	owner->gid = ids >> 32;
	owner->cgroup_id = bpf_get_current_cgroup_id();
	bpf_get_current_comm(owner->comm, sizeof(owner->comm));
	owner->evidence = evidence;
	owner->exec_id = task->self_exec_id;
#endif
}

#endif
