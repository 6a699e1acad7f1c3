/*
 * TCP connections at a given rate, or many that stay.
 *
 *   connections rate PER_SECOND SECONDS PROCESSES   0 PER_SECOND: as many as it can
 *       Each connection moves 100 bytes there and back; the server's end closes first. Prints how many were made
 *       and in how many nanoseconds. It then waits until its standard input ends, so that nobody looks for it in vain.
 *   connections far PER_SECOND SECONDS PROCESSES
 *       The same towards 192.0.2.0/24 (RFC 5737), where far-end.c answers: only the client's end is on this host.
 *   connections hold SOCKETS PROCESSES
 *       Prints "ready" when all are open, and keeps them until its standard input ends.
 *
 * Over loopback, but for far. Every process has listeners of its own on addresses of its own, so ports do not run out.
 */
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>

#include "loopback.h"

enum {
	MAX_PROCESSES = 64,
	PAIRS_PER_ADDRESS = 10000,
	TICK_NS = 1000000,
	/* 192.0.2.2 and after. */
	FAR_ADDRESS = 0xc0000202,
	FAR_ADDRESSES = 200,
};

/* 127.p.a.1: one address for every so many pairs of every process. */
static in_addr_t address(int process, int number)
{
	return INADDR_LOOPBACK | (process + 1) << 16 | number << 8;
}

static void wait_for_end_of_input(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static void one_connection(int listener, const struct sockaddr_in *to)
{
	static char data[100];
	int ends[2];

	open_pair(listener, to, ends);
	transfer(ends[0], ends[1], data, sizeof(data));
	transfer(ends[1], ends[0], data, sizeof(data));
	/* TIME_WAIT then is the server's, which a next connection of the same port takes over. */
	close(ends[1]);
	check(read(ends[0], data, sizeof(data)) == 0, "end");
	close(ends[0]);
}

static void one_far_connection(long number)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char data[100] = { 0 };

	to.sin_addr.s_addr = htonl(FAR_ADDRESS + number % FAR_ADDRESSES);
	check(!connect(fd, (void *)&to, sizeof(to)), "connect");
	check(write(fd, data, sizeof(data)) == sizeof(data), "write");
	while (read(fd, data, sizeof(data)) > 0)
		;
	close(fd);
}

static long make_at_rate(int process, double per_second, double seconds, int far)
{
	int listener = far ? -1 : bound(SOCK_STREAM, address(process, 0));
	struct sockaddr_in to = { 0 };
	long long start = now_ns(CLOCK_MONOTONIC), end = start + seconds * 1e9, now;
	long made = 0;

	if (!far)
		to = address_of(listener);
	while ((now = now_ns(CLOCK_MONOTONIC)) < end) {
		if (per_second > 0 && made >= (now - start) / 1e9 * per_second) {
			struct timespec tick = { .tv_nsec = TICK_NS };

			nanosleep(&tick, NULL);
			continue;
		}
		if (far)
			one_far_connection(made);
		else
			one_connection(listener, &to);
		made++;
	}
	if (!far)
		close(listener);
	return made;
}

static void hold(int process, long pairs)
{
	struct rlimit limit = { .rlim_cur = 2 * pairs + 1024, .rlim_max = 2 * pairs + 1024 };
	struct sockaddr_in to;
	int listener = -1, ends[2];

	check(!setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
	for (long i = 0; i < pairs; i++) {
		if (i % PAIRS_PER_ADDRESS == 0) {
			listener = bound(SOCK_STREAM, address(process, i / PAIRS_PER_ADDRESS));
			to = address_of(listener);
		}
		open_pair(listener, &to, ends);
	}
}

int main(int argc, char **argv)
{
	int far = argc == 5 && !strcmp(argv[1], "far"), rate = far || (argc == 5 && !strcmp(argv[1], "rate"));
	int held = argc == 4 && !strcmp(argv[1], "hold");
	int processes = rate || held ? atoi(argv[argc - 1]) : 0, running, done[2], go[2];
	double amount = rate || held ? atof(argv[2]) : 0;
	long *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long long start = now_ns(CLOCK_MONOTONIC);
	long sum = 0;
	char byte;

	if (processes < 1 || processes > MAX_PROCESSES) {
		fprintf(stderr, "usage: connections rate|far PER_SECOND SECONDS PROCESSES | hold SOCKETS PROCESSES\n");
		return 2;
	}
	check(made != MAP_FAILED && !pipe(done) && !pipe(go), "pipe");
	for (int i = 0; i < processes; i++) {
		int child = fork();

		check(child >= 0, "fork");
		if (child != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(go[1]);
		if (rate)
			made[i] = make_at_rate(i, amount / processes, atof(argv[3]), far);
		else
			hold(i, (long)amount / 2 / processes);
		check(write(done[1], "", 1) == 1, "write");
		close(done[1]);
		/* Until the parent goes. */
		return read(go[0], &byte, 1) != 0;
	}
	close(done[1]);
	for (running = processes; running > 0; running--)
		check(read(done[0], &byte, 1) == 1, "a process that failed");
	for (int i = 0; i < processes; i++)
		sum += made[i];
	if (rate)
		printf("%ld %lld\n", sum, now_ns(CLOCK_MONOTONIC) - start);
	else
		printf("ready\n");
	fflush(stdout);
	wait_for_end_of_input();
	close(go[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
