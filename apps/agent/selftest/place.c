#define _GNU_SOURCE
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arguments.h"
#include "container.h"

const char *const placed[] = { "cgroup", "netns", "user-namespace", "container", "uid", "exec", "proc-fd", NULL };

static int proc = -1;

int host_proc(void)
{
	return proc;
}

static void write_file(const char *path, const char *value)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	if (file < 0 || write(file, value, strlen(value)) < 0)
		die(path);
	close(file);
}

static void bound_life(void)
{
	alarm(number("life", 60));
}

int fork_bounded(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		bound_life();
	}
	return child;
}

/* False when there is no such child. */
static bool wait_for(int pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	/* A child may have been told to end so. */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && is("end", "killed"))
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	return true;
}

void wait_for_child(int pid)
{
	wait_for(pid);
}

void wait_for_any_child(void)
{
	wait_for(-1);
}

void wait_for_all_children(void)
{
	while (wait_for(-1))
		;
}

const char *own_path(void)
{
	static char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[length > 0 ? length : 0] = 0;
	return path;
}

void become(char **arguments)
{
	execv(arguments[0], arguments);
	die(arguments[0]);
}

static void join_namespace(const char *path)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);

	if (file < 0 || setns(file, CLONE_NEWNET))
		die(path);
	close(file);
}

static void become_user(long uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		die("setresuid");
}

/* The maps of a user namespace are written from outside it, by whoever may give such ids (user_namespaces(7)). */
static void map_ids(int child, const char *base)
{
	char path[64], map[64];

	snprintf(map, sizeof(map), "0 %s 1000", base);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", child);
	write_file(path, map);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", child);
	write_file(path, map);
}

static void enter_user_namespace(const char *base)
{
	int unshared[2], mapped[2];
	char byte = 0;

	if (pipe2(unshared, O_CLOEXEC) || pipe2(mapped, O_CLOEXEC))
		die("pipe");
	int child = fork_bounded();
	if (child > 0) {
		close(unshared[1]);
		if (read(unshared[0], &byte, 1) == 1) {
			map_ids(child, base);
			if (write(mapped[1], &byte, 1) != 1)
				die("pipe");
		}
		wait_for_child(child);
		exit(0);
	}
	close(mapped[1]);
	if (unshare(CLONE_NEWUSER))
		die("unshare(CLONE_NEWUSER)");
	if (write(unshared[1], &byte, 1) != 1 || read(mapped[0], &byte, 1) != 1)
		die("pipe");
	become_user(0);
}

void take_place(const char *mode)
{
	char cgroup[4096];

	bound_life();
	signal(SIGPIPE, SIG_IGN);
	proc = number("proc-fd", -1);
	if (proc < 0)
		proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc < 0)
		die("/proc");
	if (text("cgroup", NULL)) {
		snprintf(cgroup, sizeof(cgroup), "%s/cgroup.procs", text("cgroup", ""));
		write_file(cgroup, "0");
	}
	if (text("netns", NULL))
		join_namespace(text("netns", ""));
	if (text("user-namespace", NULL))
		enter_user_namespace(text("user-namespace", ""));
	if (number("uid", 0))
		become_user(number("uid", 0));
	if (text("container", NULL))
		enter_container(text("container", ""), mode);
	if (text("exec", NULL))
		become(arguments_for(text("exec", ""), mode, placed, NULL));
}
