/*
 * One kind of network work over loopback, both ends in one thread, and the CPU time it took.
 *
 *   load connect|message|bulk|udp COUNT     prints nanoseconds of CPU an operation
 *
 * connect: connect + accept + close of both ends. message: 100 bytes there and back. bulk: 64 KiB one way.
 * udp: a datagram of 100 bytes one way. CPU time holds the kernel's share, softirq included, since loopback
 * delivers in the sender's context; wall time would measure the neighbours.
 */
#include <netinet/tcp.h>
#include <string.h>

#include "loopback.h"

static void reset_at_close(int fd)
{
	struct linger reset = { .l_onoff = 1 };

	/* No TIME_WAIT, so that ports never run out. */
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

int main(int argc, char **argv)
{
	static char data[65536];
	const char *kind = argc == 3 ? argv[1] : "";
	long count = argc == 3 ? atol(argv[2]) : 0;
	int udp = !strcmp(kind, "udp"), ends[2], one = 1;
	int server = bound(udp ? SOCK_DGRAM : SOCK_STREAM, INADDR_LOOPBACK);
	struct sockaddr_in to = address_of(server);
	long long start;

	check(count > 0, "usage: load connect|message|bulk|udp COUNT");
	if (udp) {
		ends[0] = socket(AF_INET, SOCK_DGRAM, 0);
		ends[1] = server;
		check(!connect(ends[0], (void *)&to, sizeof(to)), "connect");
	} else {
		open_pair(server, &to, ends);
		reset_at_close(ends[0]);
		setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(ends[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	}
	start = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (long i = 0; i < count; i++) {
		if (!strcmp(kind, "connect")) {
			int fresh[2];

			open_pair(server, &to, fresh);
			reset_at_close(fresh[0]);
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
	printf("%lld\n", (now_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / count);
	return 0;
}
