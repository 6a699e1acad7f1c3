/* What the load programs share: TCP over loopback, both ends in one process. */
#ifndef PACKETLESS_BENCH_LOOPBACK_H
#define PACKETLESS_BENCH_LOOPBACK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void check(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static inline long long now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in a;
	socklen_t length = sizeof(a);

	check(!getsockname(fd, (void *)&a, &length), "getsockname");
	return a;
}

/* Bound to a free port; a stream socket listens. */
static inline int bound(int type, in_addr_t address)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, type, 0);

	check(fd >= 0 && !bind(fd, (void *)&a, sizeof(a)), "bind");
	check(type == SOCK_DGRAM || !listen(fd, 64), "listen");
	return fd;
}

/* ends[0] is the client's, ends[1] the server's. */
static inline void open_pair(int listener, const struct sockaddr_in *to, int ends[2])
{
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	check(ends[0] >= 0, "socket");
	check(!connect(ends[0], (const void *)to, sizeof(*to)), "connect");
	ends[1] = accept(listener, NULL, NULL);
	check(ends[1] >= 0, "accept");
}

static inline void transfer(int from, int to, char *data, size_t size)
{
	size_t done = 0;

	check(write(from, data, size) == (ssize_t)size, "write");
	while (done < size) {
		ssize_t n = read(to, data, size - done);

		check(n > 0, "read");
		done += n;
	}
}

#endif
