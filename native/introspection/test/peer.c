/*
 * One end of a conversation, for the tests: small, so that it lives for a millisecond.
 *
 *   peer connect ADDRESS PORT    connects, sends --send bytes, reads back --receive, closes
 *   peer serve ADDRESS [PORT]    echoes whatever comes, until killed
 *   peer udp-send ADDRESS PORT   sends --count datagrams of --send bytes and waits for each one's echo
 *   peer udp-serve ADDRESS       echoes datagrams
 *
 *   --fork         a child without exec does it    --workers N    accepted by N children (prefork)
 *   --inherit      the child only uses what the parent opened    --connected    UDP: connect() first
 *   --syn-count N  SYNs to send at most            --backlog N, --no-accept
 *   --linger       abort instead of closing        --hold MS      wait before closing
 *   --half-close   wait for the other end to close first    --delay MS    wait before sending
 *   --while FILE   keep the connection while FILE exists
 *   --segment N    UDP: all datagrams in one call, cut into N bytes by the kernel (GSO)
 *
 * Prints one JSON line: the server when it listens, the client when it has ended.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	long send, receive, count, workers, syn_count, backlog, hold, delay, segment;
	bool fork, inherit, connected, no_accept, linger, half_close;
	const char *while_exists;
} option = { .count = 1, .backlog = 128 };

static char buffer[1 << 16];

static void fail(const char *what)
{
	fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct addrinfo *resolve(const char *address, const char *port, int type)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = type };
	struct addrinfo *found;

	if (getaddrinfo(address, port, &hints, &found))
		fail("getaddrinfo");
	return found;
}

static int port_of(int fd)
{
	struct sockaddr_in6 address;
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length))
		fail("getsockname");
	return ntohs(address.sin6_port); /* at the same place in sockaddr_in */
}

static long write_all(int fd, long bytes)
{
	long done = 0;

	while (done < bytes) {
		ssize_t n = send(fd, buffer, bytes - done < (long)sizeof(buffer) ? bytes - done : (long)sizeof(buffer),
				 MSG_NOSIGNAL);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

static long read_all(int fd, long bytes)
{
	long done = 0;

	while (done < bytes) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

/* Goes on in a child that never calls exec, while the parent only waits. */
static void go_on_in_child(void)
{
	int status;
	pid_t child = fork();

	if (child == 0)
		return;
	waitpid(child, &status, 0);
	exit(WEXITSTATUS(status));
}

static void report(int fd, int port, long sent, long received, int error)
{
	printf("{\"pid\":%d,\"port\":%d,\"sent\":%ld,\"received\":%ld,\"error\":%d}\n", getpid(),
	       fd >= 0 ? port_of(fd) : port, sent, received, error);
	fflush(stdout);
}

static void run_connect(const char *address, const char *port)
{
	struct addrinfo *to = resolve(address, port, SOCK_STREAM);
	if (option.fork && !option.inherit)
		go_on_in_child();
	int fd = socket(to->ai_family, SOCK_STREAM, 0);
	int syn_count = option.syn_count;
	if (syn_count)
		setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &syn_count, sizeof(syn_count));
	if (connect(fd, to->ai_addr, to->ai_addrlen)) {
		report(-1, 0, 0, 0, errno);
		return;
	}
	if (option.fork && option.inherit)
		go_on_in_child();
	int local_port = port_of(fd);
	usleep(option.delay * 1000);
	long sent = write_all(fd, option.send);
	long received = read_all(fd, option.receive);
	if (option.half_close)
		received += read_all(fd, 1L << 40);
	usleep(option.hold * 1000);
	while (option.while_exists && access(option.while_exists, F_OK) == 0)
		usleep(1000);
	if (option.linger) {
		struct linger now = { .l_onoff = 1 };
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	}
	close(fd);
	report(-1, local_port, sent, received, 0);
}

static void serve_one(int fd)
{
	ssize_t n;
	long left = option.send;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		if (write_all(fd, n) != n)
			break;
		/* --send N: closes by itself after so many bytes. */
		if (option.send && (left -= n) <= 0)
			break;
	}
	close(fd);
}

static void serve_for_ever(int listener)
{
	for (;;) {
		if (option.no_accept) {
			pause();
			continue;
		}
		int fd = accept(listener, NULL, NULL);
		if (fd >= 0)
			serve_one(fd);
	}
}

static void run_serve(const char *address, const char *port)
{
	struct addrinfo *on = resolve(address, port, SOCK_STREAM);
	int fd = socket(on->ai_family, SOCK_STREAM, 0), yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, on->ai_addr, on->ai_addrlen) || listen(fd, option.backlog))
		fail("listen");
	report(fd, 0, 0, 0, 0);
	for (long i = 0; i < option.workers; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			serve_for_ever(fd);
		}
	}
	if (option.workers)
		pause();
	serve_for_ever(fd);
}

/* The kernel cuts one send into datagrams of `segment` bytes. */
static void send_datagrams(int fd, const struct addrinfo *to, long *sent)
{
	const struct sockaddr *address = option.connected ? NULL : to->ai_addr;
	socklen_t length = option.connected ? 0 : to->ai_addrlen;

	for (long i = 0; i < option.count; i++) {
		ssize_t n = sendto(fd, buffer, option.send, 0, address, length);
		if (n < 0)
			fail("sendto");
		*sent += n;
	}
}

static void run_udp_send(const char *address, const char *port)
{
	struct addrinfo *to = resolve(address, port, SOCK_DGRAM);
	if (option.fork && !option.inherit)
		go_on_in_child();
	int fd = socket(to->ai_family, SOCK_DGRAM, 0);
	int segment = option.segment;
	long sent = 0, received = 0;
	struct timeval patience = { .tv_sec = 2 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (segment)
		setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
	if (option.connected && connect(fd, to->ai_addr, to->ai_addrlen))
		fail("connect");
	if (option.fork && option.inherit)
		go_on_in_child();
	send_datagrams(fd, to, &sent);
	while (received < sent) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		if (n < 0)
			break;
		received += n;
	}
	usleep(option.hold * 1000);
	int local_port = port_of(fd);
	close(fd);
	report(-1, local_port, sent, received, 0);
}

static void run_udp_serve(const char *address)
{
	struct addrinfo *on = resolve(address, "0", SOCK_DGRAM);
	int fd = socket(on->ai_family, SOCK_DGRAM, 0);

	if (bind(fd, on->ai_addr, on->ai_addrlen))
		fail("bind");
	report(fd, 0, 0, 0, 0);
	for (;;) {
		struct sockaddr_storage from;
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &length);
		if (n >= 0)
			sendto(fd, buffer, n, 0, (struct sockaddr *)&from, length);
	}
}

static void read_options(int argc, char **argv)
{
	enum { FORK = 1, INHERIT, CONNECTED, NO_ACCEPT, LINGER, HALF_CLOSE };
	static const struct option names[] = {
		{ "send", 1, NULL, 's' },	{ "receive", 1, NULL, 'r' },  { "count", 1, NULL, 'c' },
		{ "workers", 1, NULL, 'w' },	{ "syn-count", 1, NULL, 'y' }, { "backlog", 1, NULL, 'b' },
		{ "delay", 1, NULL, 'd' },
		{ "hold", 1, NULL, 'h' }, { "while", 1, NULL, 'e' },	{ "segment", 1, NULL, 'g' },  { "fork", 0, NULL, FORK },
		{ "inherit", 0, NULL, INHERIT }, { "connected", 0, NULL, CONNECTED },
		{ "no-accept", 0, NULL, NO_ACCEPT }, { "linger", 0, NULL, LINGER },
		{ "half-close", 0, NULL, HALF_CLOSE }, { 0 },
	};
	int name;

	while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (name) {
		case 's': option.send = atol(optarg); break;
		case 'r': option.receive = atol(optarg); break;
		case 'c': option.count = atol(optarg); break;
		case 'w': option.workers = atol(optarg); break;
		case 'y': option.syn_count = atol(optarg); break;
		case 'b': option.backlog = atol(optarg); break;
		case 'd': option.delay = atol(optarg); break;
		case 'h': option.hold = atol(optarg); break;
		case 'e': option.while_exists = optarg; break;
		case 'g': option.segment = atol(optarg); break;
		case FORK: option.fork = true; break;
		case INHERIT: option.inherit = option.fork = true; break;
		case CONNECTED: option.connected = true; break;
		case NO_ACCEPT: option.no_accept = true; break;
		case LINGER: option.linger = true; break;
		case HALF_CLOSE: option.half_close = true; break;
		default: exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	read_options(argc, argv);
	char **word = argv + optind;
	int words = argc - optind;

	if (words >= 3 && !strcmp(word[0], "connect"))
		run_connect(word[1], word[2]);
	else if (words >= 2 && !strcmp(word[0], "serve"))
		run_serve(word[1], words > 2 ? word[2] : "0");
	else if (words >= 3 && !strcmp(word[0], "udp-send"))
		run_udp_send(word[1], word[2]);
	else if (words >= 2 && !strcmp(word[0], "udp-serve"))
		run_udp_serve(word[1]);
	else
		return 2;
	return 0;
}
