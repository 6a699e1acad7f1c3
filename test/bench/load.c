/*
 * One kind of network work over loopback, both ends in one thread, and the CPU time it took.
 *
 *   load connect|message|bulk|udp COUNT     prints nanoseconds of CPU an operation
 *
 * connect: connect + accept + close of both ends. message: 100 bytes there and back. bulk: 64 KiB one way.
 * udp: a datagram of 100 bytes one way. CPU time holds the kernel's share, softirq included, since loopback
 * delivers in the sender's context; wall time would measure the neighbours.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void check(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in a;
	socklen_t length = sizeof(a);

	check(!getsockname(fd, (void *)&a, &length), "getsockname");
	return a;
}

static int bound(int type)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type, 0);

	check(fd >= 0 && !bind(fd, (void *)&a, sizeof(a)), "bind");
	check(type == SOCK_DGRAM || !listen(fd, 16), "listen");
	return fd;
}

static void open_pair(int listener, const struct sockaddr_in *to, int ends[2])
{
	struct linger reset = { .l_onoff = 1 };

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(!connect(ends[0], (void *)to, sizeof(*to)), "connect");
	ends[1] = accept(listener, NULL, NULL);
	check(ends[1] >= 0, "accept");
	/* No TIME_WAIT, so that ports never run out. */
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

static void transfer(int from, int to, char *data, size_t size)
{
	size_t done = 0;

	check(write(from, data, size) == (ssize_t)size, "write");
	while (done < size) {
		ssize_t n = read(to, data, size - done);

		check(n > 0, "read");
		done += n;
	}
}

static long long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	static char data[65536];
	const char *kind = argc == 3 ? argv[1] : "";
	long count = argc == 3 ? atol(argv[2]) : 0;
	int udp = !strcmp(kind, "udp"), ends[2], server = bound(udp ? SOCK_DGRAM : SOCK_STREAM), one = 1;
	struct sockaddr_in to = address_of(server);
	long long start;

	check(count > 0, "usage: load connect|message|bulk|udp COUNT");
	if (udp) {
		ends[0] = socket(AF_INET, SOCK_DGRAM, 0);
		ends[1] = server;
		check(!connect(ends[0], (void *)&to, sizeof(to)), "connect");
	} else {
		open_pair(server, &to, ends);
		setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(ends[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	start = cpu_ns();
	for (long i = 0; i < count; i++) {
		if (!strcmp(kind, "connect")) {
			int fresh[2];

			open_pair(server, &to, fresh);
			close(fresh[0]);
			close(fresh[1]);
		} else if (!strcmp(kind, "message")) {
			transfer(ends[0], ends[1], data, 100);
			transfer(ends[1], ends[0], data, 100);
		} else if (!strcmp(kind, "bulk")) {
			transfer(ends[0], ends[1], data, sizeof(data));
		} else {
			transfer(ends[0], ends[1], data, 100);
		}
	}
	printf("%lld\n", (cpu_ns() - start) / count);
	return 0;
}
