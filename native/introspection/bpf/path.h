/* The absolute path of an open file, from the root of its mount namespace. bpf_d_path is not allowed in our hooks. */
#ifndef PACKETLESS_PATH_H
#define PACKETLESS_PATH_H

#include "maps.h"

/* Directories and mount points that a path may have; one with more stays unknown. */
enum { PATH_STEPS = 64 };

enum path_step { STEP_MORE, STEP_DONE, STEP_UNKNOWN };

/*
 * One step of the walk from a file to the root. The text is written backwards, because a dentry knows its parent
 * and not its children. A global function: the verifier checks it once, not once a step.
 */
__noinline int walk_step(__u32 slot)
{
	struct process_scratch *scratch = bpf_map_lookup_elem(&process_scratches, &slot);

	if (!scratch)
		return STEP_UNKNOWN;
	struct dentry *dentry = scratch->dentry;
	struct mount *mount = scratch->mount;
	__u64 start = scratch->start;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *outer = BPF_CORE_READ(mount, mnt_parent);

		if (outer == mount)
			return STEP_DONE;
		scratch->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		scratch->mount = outer;
		return STEP_MORE;
	}

	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	__u64 length = BPF_CORE_READ(dentry, d_name.len);

	/* A file in no directory (memfd) is named by itself; anything else that ends here was cut off. */
	if (parent == dentry && start != PATH_CAPACITY)
		return STEP_UNKNOWN;
	if (length == 0 || length >= NAME_CAPACITY || start > PATH_CAPACITY || start <= length)
		return STEP_UNKNOWN;
	start -= length;
	if (bpf_probe_read_kernel(&scratch->path[start & (PATH_CAPACITY - 1)], length & (NAME_CAPACITY - 1), name))
		return STEP_UNKNOWN;
	start -= 1;
	scratch->path[start & (PATH_CAPACITY - 1)] = '/';
	scratch->start = start;
	scratch->dentry = parent;
	return parent == dentry ? STEP_DONE : STEP_MORE;
}

/*
 * Writes the path to the end of scratch->path. Returns its length, 0 when there is no path, when it is not
 * reachable from a root, or is longer than any legal one.
 */
static __always_inline __u64 write_path(struct process_scratch *scratch, __u32 slot, struct file *file)
{
	struct vfsmount *vfsmount = BPF_CORE_READ(file, f_path.mnt);
	int result = STEP_MORE;

	scratch->dentry = BPF_CORE_READ(file, f_path.dentry);
	scratch->mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	scratch->start = PATH_CAPACITY;
	if (!scratch->dentry || !vfsmount)
		return 0;
	for (int step = 0; step < PATH_STEPS && result == STEP_MORE; step++)
		result = walk_step(slot);
	return result == STEP_DONE ? PATH_CAPACITY - scratch->start : 0;
}

#endif
