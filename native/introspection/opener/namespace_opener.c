/*
 * Opens sockets of netfilter in other network namespaces, for an agent that has given up the right to enter them.
 *
 * Over the socket 3 it says first that it is ready, by a 0, or by an errno why not. Then, for every descriptor of a
 * network namespace that comes, one answer: an errno, and with 0 a netlink socket that was made in there. It ends when
 * the other end is closed. It keeps CAP_SYS_ADMIN, to enter, and
 * CAP_NET_ADMIN, without which the socket could not ask; it reads nothing else, opens nothing else, and a filter of
 * system calls kills it if it tries.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CONTROL = 3 };

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#endif

static int keep_two_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	const __u32 keep = 1U << CAP_SYS_ADMIN | 1U << CAP_NET_ADMIN;
	struct __user_cap_data_struct data[2] = {{keep, keep, 0}, {0, 0, 0}};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int number = 0; prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0; number++)
		;
	return syscall(SYS_capset, &header, data);
}

/* On other architectures the capabilities are all that bounds it. */
static int allow_few_calls(void)
{
#ifdef ARCHITECTURE
	/* How many steps it is from here to the one that allows. */
#define ALLOW(call, to_allow) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, to_allow, 0)
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 0, 7),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_recvmsg, 6),
		ALLOW(SYS_sendmsg, 5),
		ALLOW(SYS_setns, 4),
		ALLOW(SYS_socket, 3),
		ALLOW(SYS_close, 2),
		ALLOW(SYS_exit_group, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof steps / sizeof *steps, steps};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
	return 0;
#endif
}

union descriptor_message {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/* Negative: there is none, and errno says why; 0 when nobody asks any more. */
static int receive_namespace(void)
{
	char byte;
	struct iovec part = {&byte, sizeof byte};
	union descriptor_message with = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &with, .msg_controllen = sizeof with};
	const ssize_t size = recvmsg(CONTROL, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int file;

	if (size < 0 && errno == EINTR)
		return -1;
	if (size <= 0)
		_exit(0);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof file)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(&file, CMSG_DATA(header), sizeof file);
	return file;
}

/* Negative: no file goes with it. */
static void answer(int error, int file)
{
	struct iovec part = {&error, sizeof error};
	union descriptor_message with = {0};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (file >= 0) {
		with.header.cmsg_level = SOL_SOCKET;
		with.header.cmsg_type = SCM_RIGHTS;
		with.header.cmsg_len = CMSG_LEN(sizeof file);
		memcpy(CMSG_DATA(&with.header), &file, sizeof file);
		message.msg_control = &with;
		message.msg_controllen = sizeof with;
	}
	if (sendmsg(CONTROL, &message, MSG_NOSIGNAL) < 0)
		_exit(0);
}

/* Whoever stays in a namespace keeps it alive. */
static void go_home(int home)
{
	if (setns(home, CLONE_NEWNET) != 0)
		_exit(1);
}

static void serve(int home)
{
	const int namespace = receive_namespace();
	int file = -1;
	int error = 0;

	if (namespace < 0 && errno == EINTR)
		return;
	if (namespace < 0 || setns(namespace, CLONE_NEWNET) != 0)
		error = errno;
	if (error == 0) {
		if ((file = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)) < 0)
			error = errno;
		go_home(home);
	}
	answer(error, file);
	if (file >= 0)
		close(file);
	if (namespace >= 0)
		close(namespace);
}

/* What is left open here is left open for as long as the agent runs. */
static int close_others(void)
{
	DIR *files;
	const struct dirent *entry;

	if (syscall(SYS_close_range, CONTROL + 1, ~0U, 0) == 0)
		return 0;
	/* Older than the kernel, or than the filter of a container that does not know it. */
	if ((errno != ENOSYS && errno != EPERM) || !(files = opendir("/proc/self/fd")))
		return -1;
	while ((entry = readdir(files))) {
		const int file = atoi(entry->d_name);

		if (file > CONTROL && file != dirfd(files))
			close(file);
	}
	return closedir(files);
}

/* Its own namespace, or a negative number with errno. */
static int get_ready(void)
{
	int home;

	if (close_others() != 0)
		return -1;
	for (int file = 0; file < CONTROL; file++)
		close(file);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || keep_two_capabilities() != 0 || allow_few_calls() != 0)
		return -1;
	return home;
}

int main(void)
{
	int home;

	/* Whoever interrupts the agent at its terminal does not mean this one: the agent may have something to do first. */
	setsid();
	prctl(PR_SET_NAME, "netns opener");
	home = get_ready();
	answer(home < 0 ? errno : 0, -1);
	if (home < 0)
		return 1;
	for (;;)
		serve(home);
}
