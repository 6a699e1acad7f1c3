/*
 * Conversations without connections. The client sends `window` messages, then waits for one answer before it goes on,
 * so that no buffer overflows and nothing is lost; of echo requests each is answered by the peer's kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "fact.h"
#include "message.h"
#include "modes.h"
#include "place.h"

enum { PATIENCE_MS = 5000, MAX_WINDOW = 64 };

static char sending[MESSAGE_ROOM], receiving[MESSAGE_ROOM];
static enum message_kind kind;

static ssize_t send_one(int fd, const struct endpoint *to, size_t size)
{
	/* On a raw IPv6 socket the port means the protocol (raw(7)). */
	return sendto(fd, sending, size, is("way", "zerocopy") ? MSG_ZEROCOPY : 0, to ? &to->any : NULL,
		      to ? to->length : 0);
}

/* All of a window in one call. */
static ssize_t send_many(int fd, const struct endpoint *to, size_t size, int count)
{
	struct mmsghdr messages[MAX_WINDOW];
	struct iovec data = { .iov_base = sending, .iov_len = size };

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov = &data;
		messages[i].msg_hdr.msg_iovlen = 1;
		messages[i].msg_hdr.msg_name = to ? (void *)&to->any : NULL;
		messages[i].msg_hdr.msg_namelen = to ? to->length : 0;
	}
	return sendmmsg(fd, messages, count, 0) == count ? (ssize_t)size * count : -1;
}

static int send_window(int fd, const struct endpoint *to, struct fact *fact, int size, int count)
{
	int head = kind == MESSAGE_WITH_HEADER ? write_head(sending, size, 0, fact, kind) : 0;
	ssize_t sent = 0;

	if (is("way", "sendmmsg")) {
		sent = send_many(fd, to, size, count);
	} else if (is("way", "segment")) {
		/* The kernel cuts it up: UDP_SEGMENT. */
		sent = send_one(fd, to, (size_t)size * count);
	} else {
		for (int i = 0; i < count && sent >= 0; i++) {
			if (kind == MESSAGE_PING || kind == MESSAGE_RAW_PING)
				write_head(sending, size, fact->packets_sent + i, fact, kind);
			ssize_t n = send_one(fd, to, size);
			sent = n < 0 ? -1 : sent + n;
		}
	}
	if (sent < 0)
		return errno;
	fact->sent += sent - (ssize_t)head * count;
	fact->packets_sent += count;
	return 0;
}

/* One answer, or as many as requests when the peer's kernel gives them. */
static int receive_answers(int fd, struct fact *fact, int count)
{
	int answers = kind == MESSAGE_PING || kind == MESSAGE_RAW_PING ? count : 1;

	for (int i = 0; i < answers; i++) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };

		if (poll(&readable, 1, PATIENCE_MS) != 1)
			return ETIMEDOUT;
		ssize_t n = recv(fd, receiving, MESSAGE_ROOM, 0);

		if (n < 0)
			return errno;
		fact->received += n - header_length(receiving, n, fact->remote.any.sa_family, kind);
		fact->packets_received++;
	}
	return 0;
}

static int send_round(int fd, const struct endpoint *to, struct fact *fact)
{
	int size = number("size", 1000), window = number("window", 16), error = 0;

	for (long left = number("count", 16); left > 0 && !error; left -= window) {
		if (number("gap", 0))
			usleep(number("gap", 0) * 1000);
		error = send_window(fd, to, fact, size, window);
		if (!error && kind != MESSAGE_WITH_HEADER)
			error = receive_answers(fd, fact, window);
	}
	return error;
}

/* The local address that the host uses towards `to`: that of a UDP socket connected there. */
static struct endpoint local_towards(const struct endpoint *to)
{
	struct endpoint local = { .length = sizeof(local.room) };
	int fd = socket(to->any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &to->any, to->length) || getsockname(fd, &local.any, &local.length))
		die("connect");
	/* An agent that sees it is right to name this process. */
	struct fact fact = begin_fact(fd, IPPROTO_UDP);

	tell_earlier(&fact);
	close(fd);
	return local;
}

static void prepare(int fd)
{
	int size = number("size", 1000), one = 1;

	if (is("way", "segment") && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)))
		tell_impossible("UDP_SEGMENT");
	if (is("way", "zerocopy") && setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		tell_impossible("SO_ZEROCOPY");
}

/* datagrams: `rounds` times `count` messages of `size` bytes. fork=1: a child uses the socket that its parent made. */
void mode_datagrams(void)
{
	int protocol = number("protocol", IPPROTO_UDP);
	struct endpoint to = endpoint_of(text("address", ""), protocol == IPPROTO_UDP ? number("port", 0) : 0);

	kind = kind_of_arguments();
	int fd = message_socket(to.any.sa_family, protocol, kind), error = 0;

	prepare(fd);
	if (number("fork", 0)) {
		int child = fork_bounded();

		if (child > 0) {
			close(fd);
			wait_for_child(child);
			return;
		}
	}
	struct fact fact = begin_fact(fd, protocol);
	bool connected = number("connected", kind == MESSAGE_RAW_PING);

	if (connected && connect(fd, &to.any, to.length))
		die("connect");
	/* Before the first message the socket may have no address yet. */
	struct endpoint local = local_towards(&to);

	fact.local = local;
	fact.remote = to;
	for (long left = number("rounds", 1); left > 0 && !error; left--) {
		error = send_round(fd, connected ? NULL : &to, &fact);
		if (left > 1)
			wait_for_line();
	}
	name_ends(&fact, fd);
	int port = port_of(&fact.local);

	fact.local = local;
	if (fact.local.any.sa_family == AF_INET)
		fact.local.v4.sin_port = htons(port);
	else
		fact.local.v6.sin6_port = htons(port);
	fact.remote = to;
	fact.error = error;
	close(fd);
	fact.end = milliseconds_now();
	tell_end(&fact);
}
