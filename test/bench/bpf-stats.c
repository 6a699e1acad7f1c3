/*
 * Has the kernel measure how often eBPF programs run and how long, until standard input ends. The kernel stops with
 * the last holder of the descriptor (bpf(2) BPF_ENABLE_STATS), so nothing is left behind however this ends.
 * Prints "measuring".
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	union bpf_attr what = { .enable_stats.type = BPF_STATS_RUN_TIME };
	char byte;

	if (syscall(SYS_bpf, BPF_ENABLE_STATS, &what, sizeof(what)) < 0) {
		perror("BPF_ENABLE_STATS");
		return 1;
	}
	printf("measuring\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}
