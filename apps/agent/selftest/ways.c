#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "arguments.h"
#include "uring.h"

enum { CHUNK = 1 << 17 };

static char data[CHUNK];

static long least(long a, long b)
{
	return a < b ? a : b;
}

/* Each gives how many of at most `bytes` bytes went, or a negative error. */
typedef ssize_t (*step)(int fd, long bytes);

static ssize_t failed(ssize_t result)
{
	return result < 0 ? -errno : result;
}

static ssize_t plain_send(int fd, long bytes)
{
	return failed(send(fd, data, least(bytes, CHUNK), MSG_NOSIGNAL));
}

static ssize_t plain_receive(int fd, long bytes)
{
	return failed(recv(fd, data, least(bytes, CHUNK), 0));
}

/* A file in memory of CHUNK bytes. */
static int file(void)
{
	static int made = -1;

	if (made < 0) {
		made = memfd_create("payload", MFD_CLOEXEC);
		if (made < 0 || write(made, data, CHUNK) != CHUNK)
			die("memfd_create");
	}
	return made;
}

static ssize_t sendfile_send(int fd, long bytes)
{
	off_t from = 0;

	return failed(sendfile(fd, file(), &from, least(bytes, CHUNK)));
}

static int *pipe_ends(void)
{
	static int ends[2] = { -1, -1 };

	if (ends[0] < 0 && pipe2(ends, O_CLOEXEC))
		die("pipe");
	return ends;
}

static ssize_t splice_send(int fd, long bytes)
{
	loff_t from = 0;
	ssize_t filled = splice(file(), &from, pipe_ends()[1], NULL, least(bytes, CHUNK), 0);
	ssize_t sent = 0;

	while (filled > 0 && sent < filled) {
		ssize_t n = splice(pipe_ends()[0], NULL, fd, NULL, filled - sent, SPLICE_F_MORE);

		if (n <= 0)
			return -errno;
		sent += n;
	}
	return filled < 0 ? -errno : sent;
}

static ssize_t splice_receive(int fd, long bytes)
{
	static int nowhere = -1;
	ssize_t filled = splice(fd, NULL, pipe_ends()[1], NULL, least(bytes, CHUNK), 0);

	if (nowhere < 0)
		nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	for (ssize_t left = filled; left > 0;) {
		ssize_t n = splice(pipe_ends()[0], NULL, nowhere, NULL, left, 0);

		if (n <= 0)
			return -errno;
		left -= n;
	}
	return failed(filled);
}

/* The kernel tells through the error queue when it has done with the pages (Documentation/networking/msg_zerocopy). */
static void reap_zerocopy(int fd)
{
	char control[128];
	struct msghdr message = { .msg_control = control, .msg_controllen = sizeof(control) };

	while (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
		message.msg_controllen = sizeof(control);
}

static ssize_t zerocopy_send(int fd, long bytes)
{
	ssize_t n = send(fd, data, least(bytes, CHUNK), MSG_ZEROCOPY | MSG_NOSIGNAL);

	/* ENOBUFS: too many pages are still under way. */
	while (n < 0 && errno == ENOBUFS) {
		struct pollfd reaped = { .fd = fd };

		poll(&reaped, 1, 100);
		reap_zerocopy(fd);
		n = send(fd, data, least(bytes, CHUNK), MSG_ZEROCOPY | MSG_NOSIGNAL);
	}
	int error = errno;

	reap_zerocopy(fd);
	errno = error;
	return failed(n);
}

static ssize_t uring_send(int fd, long bytes)
{
	return ring_send(fd, data, least(bytes, CHUNK));
}

static ssize_t uring_receive(int fd, long bytes)
{
	return ring_receive(fd, data, least(bytes, CHUNK));
}

/* One byte every `gap` milliseconds. */
static ssize_t drip_send(int fd, long bytes)
{
	(void)bytes;
	usleep(number("gap", 1000) * 1000);
	return failed(send(fd, data, 1, MSG_NOSIGNAL));
}

static const struct way {
	const char *name;
	step send, receive;
} ways[] = {
	{ "steps", plain_send, plain_receive },
	{ "drip", drip_send, plain_receive },
	{ "sendfile", sendfile_send, plain_receive },
	{ "splice", splice_send, splice_receive },
	{ "zerocopy", zerocopy_send, plain_receive },
	{ "uring", uring_send, uring_receive },
	{ "uring-worker", uring_send, uring_receive },
	{ "uring-poll", uring_send, uring_receive },
};

static const struct way *find_way(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	errno = EINVAL;
	die(name);
}

/* The error that stopped it, or 0. */
static int send_bytes(int fd, const struct way *way, long bytes, struct fact *fact)
{
	while (bytes > 0) {
		ssize_t n = way->send(fd, bytes);

		if (n < 0)
			return -n;
		fact->sent += n;
		bytes -= n;
	}
	return 0;
}

static int receive_to_end(int fd, const struct way *way, struct fact *fact)
{
	ssize_t n;

	while ((n = way->receive(fd, CHUNK)) > 0)
		fact->received += n;
	return -n;
}

/* steps=A,B,…: A bytes, waits for a line, B bytes, … */
static int send_steps(int fd, const struct way *way, struct fact *fact)
{
	const char *at = text("steps", "");
	int error = 0;

	for (bool first = true; *at && !error; first = false) {
		char *end;
		long bytes = strtol(at, &end, 10);

		if (!first)
			wait_for_line();
		error = send_bytes(fd, way, bytes, fact);
		at = *end == ',' ? end + 1 : end;
	}
	return error;
}

/* Until at least so many segments were sent again; the error that broke the connection meanwhile. */
static int await_retransmits(int fd, long count)
{
	struct pollfd broken = { .fd = fd, .events = 0 };
	int error = 0;
	socklen_t length = sizeof(error);

	while (retransmits_of(fd, IPPROTO_TCP) < count)
		if (poll(&broken, 1, 10) > 0) {
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
			return error;
		}
	wait_for_line();
	return 0;
}

static int converse(int fd, const struct way *way, const struct plan *plan, struct fact *fact)
{
	int error = text("steps", NULL) ? send_steps(fd, way, fact) : send_bytes(fd, way, plan->send, fact);

	if (!error && number("until-retransmits", 0))
		error = await_retransmits(fd, number("until-retransmits", 0));
	if (!error && shutdown(fd, SHUT_WR))
		error = errno;
	return error ? error : receive_to_end(fd, way, fact);
}

void talk(int fd, const struct endpoint *to, const struct plan *plan)
{
	const struct way *way = find_way(text("way", ""));
	bool uring = way->send == uring_send;
	int one = 1;

	if (uring)
		open_ring(way->name);
	if (fcntl(fd, F_SETFL, 0))
		die("fcntl");
	if (way->send == zerocopy_send && setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		tell_impossible("SO_ZEROCOPY");

	struct fact fact = begin_fact(fd, plan->protocol);
	int result = uring ? -ring_connect(fd, &to->any, to->length) : connect(fd, &to->any, to->length) ? errno : 0;

	fact.connecting_ms = milliseconds_now() - fact.begin;
	name_ends(&fact, fd);
	fact.remote = *to;
	fact.error = result ? result : converse(fd, way, plan, &fact);
	fact.retransmits = retransmits_of(fd, plan->protocol);
	close(fd);
	fact.end = milliseconds_now();
	tell_end(&fact);
}
