/*
 * Control groups come and go with containers. Which one a process is in stands in every record; what that is called is told
 * the moment it is made, before any process is in it.
 */
#ifndef PACKETLESS_CGROUP_H
#define PACKETLESS_CGROUP_H

#include "ring.h"

struct cgroup_message {
	struct cgroup_record record;
	char path[CGROUP_PATH_CAPACITY];
};

/* The tree of version 2; those of version 1 have numbers of their own, which could be the same. */
static __always_inline bool is_version_2(struct cgroup *group)
{
	return BPF_CORE_READ(group, root, hierarchy_id) == 0;
}

static __always_inline void tell_cgroup(struct cgroup *group, const char *path, __u32 flags)
{
	if (!is_version_2(group))
		return;
	struct cgroup_message *message = reserve(sizeof(*message));
	if (!message)
		return;
	fill_header(&message->record.header, RECORD_CGROUP, sizeof(*message), bpf_ktime_get_ns());
	message->record.id = BPF_CORE_READ(group, kn, id);
	message->record.flags = flags;
	/* Its closing NUL is counted. */
	long length = bpf_probe_read_kernel_str(message->path, sizeof(message->path), path);
	message->record.path_length = length > 0 ? length - 1 : 0;
	if (length == sizeof(message->path))
		message->record.flags |= CGROUP_PATH_CUT;
	count(COUNT_SUBMITTED);
	/* Whoever wants a container's name has to ask while it lives. */
	bpf_ringbuf_submit(message, BPF_RB_FORCE_WAKEUP);
}

#endif
