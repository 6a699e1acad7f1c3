/* The task as an owner of sockets. */
#ifndef PACKETLESS_TASK_H
#define PACKETLESS_TASK_H

#include "maps.h"

static __always_inline void fill_owner(struct owner_fields *owner, struct task_struct *task, __u32 evidence)
{
	owner->pid = task->tgid;
	owner->tid = task->pid;
	owner->uid = task->cred->uid.val;
	owner->gid = task->cred->gid.val;
	owner->cgroup_id = task->cgroups->dfl_cgrp->kn->id;
	bpf_probe_read_kernel(owner->comm, sizeof(owner->comm), task->comm);
	owner->evidence = evidence;
	owner->reserved = 0;
}

#endif
