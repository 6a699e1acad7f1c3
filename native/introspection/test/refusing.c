/*
 * Runs a program to which the kernel refuses a system call with EPERM, as the filters of container runtimes do with those
 * that they do not know:
 *
 *   refusing close_range COMMAND...
 *   refusing filters COMMAND...       prctl(PR_SET_SECCOMP)
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_little_endian(void)
{
	const int one = 1;

	return *(const char *)&one;
}

int main(int argc, char **argv)
{
	const int all = argc > 2 && strcmp(argv[1], "close_range") == 0;
	const unsigned call = all ? SYS_close_range : SYS_prctl;
	const unsigned first = offsetof(struct seccomp_data, args[0]) + (is_little_endian() ? 0 : 4);
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, first),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, all ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof steps / sizeof *steps, steps};

	if (argc < 3 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
		perror("refusing");
		return 2;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 2;
}
