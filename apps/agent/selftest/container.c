#define _GNU_SOURCE
#include "container.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "place.h"

static void bind_read_only(const char *root, const char *folder)
{
	char target[4096];
	struct stat found;

	snprintf(target, sizeof(target), "%s%s", root, folder);
	/* /lib may be a link to usr/lib; what it leads to is there. */
	if (lstat(folder, &found))
		return;
	if (S_ISLNK(found.st_mode)) {
		char link[256];
		ssize_t length = readlink(folder, link, sizeof(link) - 1);

		link[length > 0 ? length : 0] = 0;
		if (symlink(link, target))
			die(target);
		return;
	}
	if (mkdir(target, 0755) || mount(folder, target, NULL, MS_BIND | MS_REC, NULL) ||
	    mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))
		die(target);
}

static void copy_program(const char *to)
{
	struct stat size;
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	if (from < 0 || copy < 0 || fstat(from, &size) || sendfile(copy, from, NULL, size.st_size) != size.st_size)
		die(to);
	close(from);
	close(copy);
}

static void change_root(const char *root)
{
	if (chdir(root))
		die(root);
	/* pivot_root(2): "." twice puts the old root under the new one, where it is taken away. */
	if (syscall(SYS_pivot_root, ".", ".") == 0) {
		if (umount2(".", MNT_DETACH))
			die("umount");
	} else if (errno != EINVAL || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".")) {
		/* EINVAL: a host that still runs from its initial ramfs, which cannot be taken away. */
		die("pivot_root");
	}
	if (chdir("/"))
		die("/");
}

/* A root of its own with the host's libraries and a copy of this program, as an image would have it. */
static void enter_root(const char *root)
{
	char path[4096];
	static const char *const folders[] = { "/usr", "/lib", "/lib32", "/lib64", "/etc" };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("tmpfs", root, "tmpfs", 0, "mode=755"))
		die("mount");
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		bind_read_only(root, folders[i]);
	snprintf(path, sizeof(path), "%s/proc", root);
	if (mkdir(path, 0755) || mount("proc", path, "proc", 0, NULL))
		die(path);
	snprintf(path, sizeof(path), "%s/contained", root);
	copy_program(path);
	change_root(root);
}

void enter_container(const char *root, const char *mode)
{
	char proc_fd[32];

	if (unshare(CLONE_NEWNS | CLONE_NEWPID))
		die("unshare(CLONE_NEWNS | CLONE_NEWPID)");
	int child = fork_bounded();
	if (child > 0) {
		wait_for_child(child);
		exit(0);
	}
	enter_root(root);
	snprintf(proc_fd, sizeof(proc_fd), "proc-fd=%d", host_proc());
	if (fcntl(host_proc(), F_SETFD, 0))
		die("fcntl");
	become(arguments_for("/contained", mode, placed, proc_fd));
}
