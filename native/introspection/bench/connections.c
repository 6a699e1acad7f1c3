/*
 * CPU time of network operations on loopback, both ends in one process, for comparing a kernel with our programs
 * attached to one without. Build: gcc -O2 -o connections connections.c
 *
 *   connections connect|data|messages|udp|stream [N]
 *
 * Prints nanoseconds of CPU time (user and system) per operation:
 *   connect   connect + accept + close           data    the same with 100 bytes each way
 *   messages  100 bytes there and back, one connection     udp     100 bytes there and back
 *   stream    60,000 bytes one way
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[60000];

static void check(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(1);
	}
}

static double cpu_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

static int bound(int type, struct sockaddr_in *address)
{
	socklen_t length = sizeof(*address);
	int fd = socket(AF_INET, type, 0);

	*address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	check(bind(fd, (struct sockaddr *)address, length) == 0, "bind");
	check(getsockname(fd, (struct sockaddr *)address, &length) == 0, "getsockname");
	return fd;
}

static int connected(int type, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, type, 0);

	check(connect(fd, (const struct sockaddr *)to, sizeof(*to)) == 0, "connect");
	return fd;
}

static void move(int from, int to, size_t bytes)
{
	size_t got = 0;

	check(send(from, buffer, bytes, 0) == (ssize_t)bytes, "send");
	while (got < bytes) {
		ssize_t n = recv(to, buffer, bytes - got, 0);
		check(n > 0, "recv");
		got += n;
	}
}

static void connections(long count, int with_data)
{
	struct sockaddr_in address;
	int listener = bound(SOCK_STREAM, &address);

	check(listen(listener, 128) == 0, "listen");
	for (long i = 0; i < count; i++) {
		int client = connected(SOCK_STREAM, &address);
		int server = accept(listener, NULL, NULL);
		/* Reset instead of TIME_WAIT, so that no number of rounds runs out of ports. */
		struct linger now = { .l_onoff = 1 };
		setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		if (with_data) {
			move(client, server, 100);
			move(server, client, 100);
		}
		close(client);
		close(server);
	}
}

static void messages(long count, size_t there, size_t back)
{
	struct sockaddr_in address;
	int listener = bound(SOCK_STREAM, &address);

	check(listen(listener, 1) == 0, "listen");
	int client = connected(SOCK_STREAM, &address);
	int server = accept(listener, NULL, NULL);
	for (long i = 0; i < count; i++) {
		move(client, server, there);
		if (back)
			move(server, client, back);
	}
}

static void datagrams(long count)
{
	struct sockaddr_in here, there;
	int a = bound(SOCK_DGRAM, &here), b = bound(SOCK_DGRAM, &there);

	check(connect(a, (struct sockaddr *)&there, sizeof(there)) == 0, "connect");
	check(connect(b, (struct sockaddr *)&here, sizeof(here)) == 0, "connect");
	for (long i = 0; i < count; i++) {
		move(a, b, 100);
		move(b, a, 100);
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "connect";
	long count = argc > 2 ? atol(argv[2]) : 20000;
	double before = cpu_ns();

	if (!strcmp(what, "connect"))
		connections(count, 0);
	else if (!strcmp(what, "data"))
		connections(count, 1);
	else if (!strcmp(what, "messages"))
		messages(count, 100, 100);
	else if (!strcmp(what, "udp"))
		datagrams(count);
	else if (!strcmp(what, "stream"))
		messages(count, sizeof(buffer), 0);
	else
		return 2;
	printf("%.0f\n", (cpu_ns() - before) / count);
	return 0;
}
