/*
 * Known traffic for the tests: each end says on standard output what it really did, as one line of JSON.
 *
 *   traffic serve tcp|udp ADDRESS PORT
 *     Echoes whatever comes, until killed. First line: {"port": N}. Then one line a conversation:
 *     {"peer": port, "received": bytes, "sent": bytes}; a TCP line comes when the peer has closed.
 *   traffic call tcp|udp ADDRESS PORT BYTES [TOKEN]
 *     One conversation: sends BYTES, reads as many back, ends. Prints {"pid", "port", "sent", "received"}.
 *     TOKEN only stands in the command line, to tell one process from another.
 *   traffic hold tcp|udp ADDRESS PORT BYTES
 *     The same, but does not end it: waits until killed.
 *   traffic burst ADDRESS PORT COUNT
 *     COUNT processes, each a fresh exec of `traffic call tcp ADDRESS PORT 1 token-N`, eight at a time.
 *   traffic rush ADDRESS PORT COUNT
 *     Four processes that make COUNT connections each, side by side, while the real-time scheduler runs others, of one
 *     connection each, that take the processor from them wherever they are. Prints the same line for each connection.
 *   traffic prefork ADDRESS PORT silent|polite
 *     Listens, and lets a child accept, which then neither reads nor writes; a polite one wants to know who came. Prints
 *     {"pid", "port"}, the child's pid. The child closes a connection when its peer has.
 *   traffic handover inherited|passed ADDRESS PORT
 *     One connection that another process than the listener's owner answers: `inherited` a child accepts it;
 *     `passed` it is accepted and read from, then passed to a child over a Unix socket, and closed here.
 *     Prints {"pid", "port"}, the child's pid; the child echoes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARALLEL 8
#define RUSHING 4
#define MAX_FDS 4096
#define DATAGRAM 1000

struct address {
	struct sockaddr_storage storage;
	socklen_t length;
};

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct address parse(const char *text, const char *port)
{
	struct address a = { .length = sizeof(struct sockaddr_in) };
	struct sockaddr_in *v4 = (void *)&a.storage;
	struct sockaddr_in6 *v6 = (void *)&a.storage;

	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(atoi(port));
		return a;
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) {
		errno = EINVAL;
		die(text);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(atoi(port));
	a.length = sizeof(*v6);
	return a;
}

static int port_of(const struct sockaddr_storage *a)
{
	return ntohs(a->ss_family == AF_INET ? ((struct sockaddr_in *)a)->sin_port
					     : ((struct sockaddr_in6 *)a)->sin6_port);
}

static int local_port(int fd)
{
	struct sockaddr_storage a;
	socklen_t length = sizeof(a);

	if (getsockname(fd, (void *)&a, &length))
		die("getsockname");
	return port_of(&a);
}

static int bound(int type, const char *address, const char *port)
{
	struct address a = parse(address, port);
	int one = 1, fd = socket(a.storage.ss_family, type, 0);

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (void *)&a.storage, a.length))
		die("bind");
	return fd;
}

static void serve_udp(const char *address, const char *port)
{
	int fd = bound(SOCK_DGRAM, address, port);
	char data[65536];

	printf("{\"port\": %d}\n", local_port(fd));
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (void *)&peer, &length);

		if (n < 0)
			die("recvfrom");
		sendto(fd, data, n, 0, (void *)&peer, length);
	}
}

static void serve_tcp(const char *address, const char *port)
{
	static struct { long received, sent; int peer; } connections[MAX_FDS];
	int listener = bound(SOCK_STREAM, address, port), poll = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
	char data[65536];

	if (listen(listener, 1024))
		die("listen");
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
	printf("{\"port\": %d}\n", local_port(listener));
	while (epoll_wait(poll, &event, 1, -1) >= 0 || errno == EINTR) {
		int fd = event.data.fd;

		if (fd == listener) {
			struct sockaddr_storage peer;
			socklen_t length = sizeof(peer);

			fd = accept(listener, (void *)&peer, &length);
			if (fd < 0 || fd >= MAX_FDS)
				die("accept");
			connections[fd].peer = port_of(&peer);
			connections[fd].received = connections[fd].sent = 0;
			event.data.fd = fd;
			epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
			continue;
		}
		ssize_t n = read(fd, data, sizeof(data));

		if (n > 0) {
			connections[fd].received += n;
			for (ssize_t done = 0, w; done < n && (w = write(fd, data + done, n - done)) > 0; done += w)
				connections[fd].sent += w;
			continue;
		}
		printf("{\"peer\": %d, \"received\": %ld, \"sent\": %ld}\n", connections[fd].peer,
		       connections[fd].received, connections[fd].sent);
		close(fd);
	}
	die("epoll_wait");
}

static int call(int type, const char *address, const char *port, long bytes)
{
	struct address a = parse(address, port);
	long sent = 0, received = 0;
	char data[65536] = { 0 };
	int fd = socket(a.storage.ss_family, type, 0), local;

	if (fd < 0)
		die("socket");
	if (connect(fd, (void *)&a.storage, a.length))
		die("connect");
	local = local_port(fd);
	while (sent < bytes) {
		long chunk = bytes - sent, limit = type == SOCK_DGRAM ? DATAGRAM : (long)sizeof(data);
		ssize_t n = write(fd, data, chunk < limit ? chunk : limit);

		if (n <= 0)
			die("write");
		sent += n;
		/* As many back as were sent, so that neither end's buffer ever fills. */
		while (received < sent) {
			n = read(fd, data, sizeof(data));
			if (n <= 0)
				die("read");
			received += n;
		}
	}
	printf("{\"pid\": %d, \"port\": %d, \"sent\": %ld, \"received\": %ld}\n", getpid(), local, sent, received);
	return fd;
}

static void prefork(const char *address, const char *port, int polite)
{
	int listener = bound(SOCK_STREAM, address, port);
	pid_t worker;

	if (listen(listener, 16))
		die("listen");
	worker = fork();
	if (worker < 0)
		die("fork");
	if (worker > 0) {
		printf("{\"pid\": %d, \"port\": %d}\n", worker, local_port(listener));
		waitpid(worker, NULL, 0);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		struct sockaddr_storage peer;
		socklen_t length = sizeof(peer);
		int fd = polite ? accept(listener, (void *)&peer, &length) : accept(listener, NULL, NULL);
		struct pollfd end = { .fd = fd, .events = POLLRDHUP };

		if (fd < 0)
			die("accept");
		poll(&end, 1, -1);
		close(fd);
	}
}

static void echo(int fd)
{
	char data[65536];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		if (write(fd, data, n) != n)
			die("write");
	close(fd);
}

/* Room for one file descriptor beside the data, aligned as cmsg(3) wants it. */
union descriptor_message {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void pass(int channel, int fd, void *data, size_t length)
{
	union descriptor_message control;
	struct iovec part = { .iov_base = data, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) != (ssize_t)length)
		die("sendmsg");
}

static int passed(int channel, void *data, size_t *length)
{
	union descriptor_message control;
	struct iovec part = { .iov_base = data, .iov_len = *length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(channel, &message, 0);
	int fd;

	if (n <= 0)
		die("recvmsg");
	*length = n;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

static void handover(int by_message, const char *address, const char *port)
{
	int listener = bound(SOCK_STREAM, address, port), channel[2], fd;
	char data[65536];
	size_t length = sizeof(data);
	pid_t child;

	if (listen(listener, 16) || socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		die("listen");
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!by_message) {
			echo(accept(listener, NULL, NULL));
			return;
		}
		fd = passed(channel[1], data, &length);
		if (write(fd, data, length) != (ssize_t)length)
			die("write");
		echo(fd);
		return;
	}
	printf("{\"pid\": %d, \"port\": %d}\n", child, local_port(listener));
	if (by_message) {
		ssize_t n;

		fd = accept(listener, NULL, NULL);
		n = read(fd, data, sizeof(data));
		if (n <= 0)
			die("read");
		pass(channel[0], fd, data, n);
		close(fd);
	}
	wait(NULL);
}

static void burst(const char *self, char *address, char *port, int count)
{
	int running = 0;

	for (int i = 0; i < count; i++) {
		char token[32];

		if (running == PARALLEL && wait(NULL) > 0)
			running--;
		snprintf(token, sizeof(token), "token-%d", i);
		if (fork() == 0) {
			execl(self, self, "call", "tcp", address, port, "1", token, NULL);
			die("exec");
		}
		running++;
	}
	while (wait(NULL) > 0)
		;
}

static volatile sig_atomic_t is_over;

static void end(int signal)
{
	is_over = signal;
}

/* Comes in between whatever runs, at random, each time as a new process. */
static void interrupt(const char *address, const char *port)
{
	struct sched_param priority = { .sched_priority = 1 };
	struct sigaction action = { .sa_handler = end };

	sigaction(SIGTERM, &action, NULL);
	if (sched_setscheduler(0, SCHED_FIFO, &priority))
		die("sched_setscheduler");
	while (!is_over) {
		usleep(rand() % 1000);
		if (fork() == 0) {
			call(SOCK_STREAM, address, port, 1);
			exit(0);
		}
		wait(NULL);
	}
	exit(0);
}

static void rush(const char *address, const char *port, int count)
{
	pid_t urgent = fork(), ordinary[RUSHING];

	if (urgent == 0)
		interrupt(address, port);
	for (int i = 0; i < RUSHING; i++) {
		ordinary[i] = fork();
		if (ordinary[i] != 0)
			continue;
		for (int done = 0; done < count; done++)
			close(call(SOCK_STREAM, address, port, 1));
		exit(0);
	}
	for (int i = 0; i < RUSHING; i++)
		waitpid(ordinary[i], NULL, 0);
	kill(urgent, SIGTERM);
	waitpid(urgent, NULL, 0);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 5 && !strcmp(argv[1], "serve"))
		(!strcmp(argv[2], "udp") ? serve_udp : serve_tcp)(argv[3], argv[4]);
	else if ((argc == 6 || argc == 7) && !strcmp(argv[1], "call"))
		call(!strcmp(argv[2], "udp") ? SOCK_DGRAM : SOCK_STREAM, argv[3], argv[4], atol(argv[5]));
	else if (argc == 6 && !strcmp(argv[1], "hold")) {
		call(!strcmp(argv[2], "udp") ? SOCK_DGRAM : SOCK_STREAM, argv[3], argv[4], atol(argv[5]));
		pause();
	} else if (argc == 5 && !strcmp(argv[1], "prefork"))
		prefork(argv[2], argv[3], !strcmp(argv[4], "polite"));
	else if (argc == 5 && !strcmp(argv[1], "handover"))
		handover(!strcmp(argv[2], "passed"), argv[3], argv[4]);
	else if (argc == 5 && !strcmp(argv[1], "burst"))
		burst("/proc/self/exe", argv[2], argv[3], atoi(argv[4]));
	else if (argc == 5 && !strcmp(argv[1], "rush"))
		rush(argv[2], argv[3], atoi(argv[4]));
	else
		return fprintf(stderr, "traffic: wrong arguments, see the top of traffic.c\n"), 2;
	return 0;
}
