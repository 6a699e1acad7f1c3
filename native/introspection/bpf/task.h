/* The task as an owner of sockets. */
#ifndef PACKETLESS_TASK_H
#define PACKETLESS_TASK_H

#include "maps.h"

/*
 * current_task(): before 5.11 it is but a number, and what it points to is read through; later the verifier knows it, and
 * its members can be followed. of_task(task, cred, uid.val) is task->cred->uid.val either way.
 */
#ifdef KERNEL_BEFORE_5_12
#define of_task(task, ...) BPF_CORE_READ(task, __VA_ARGS__)
static __always_inline struct task_struct *current_task(void)
{
	return (struct task_struct *)bpf_get_current_task();
}
#else
#define of_task(task, ...) ___arrow(task, __VA_ARGS__)
static __always_inline struct task_struct *current_task(void)
{
	return bpf_get_current_task_btf();
}
#endif

/* The same process, and still the same program. */
static __always_inline bool is_current(const struct owner_fields *owner)
{
	struct task_struct *task = current_task();

	return owner->pid == of_task(task, tgid) && owner->exec_id == (__u32)of_task(task, self_exec_id);
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

#endif
