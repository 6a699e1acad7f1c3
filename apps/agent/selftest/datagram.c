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

enum { ANSWER = 8, PATIENCE_MS = 5000, MAX_WINDOW = 64, MAX_PEERS = 1024 };

static char sending[MESSAGE_ROOM], receiving[MAX_WINDOW][MESSAGE_ROOM];
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
		ssize_t n = recv(fd, receiving[0], MESSAGE_ROOM, 0);

		if (n < 0)
			return errno;
		fact->received += n - header_length(receiving[0], n, fact->remote.any.sa_family, kind);
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

/* Where a message came to, which a socket bound to all addresses does not say. */
union control {
	char room[256];
	struct cmsghdr header;
};

static struct fact *peer_of(struct fact *peers, int *count, const struct fact *template, const struct endpoint *from)
{
	for (int i = 0; i < *count; i++)
		if (peers[i].remote.length == from->length && !memcmp(&peers[i].remote.room, &from->room, from->length))
			return &peers[i];
	if (*count == MAX_PEERS) {
		errno = ENOSPC;
		die("peers");
	}
	struct fact *peer = &peers[(*count)++];

	*peer = *template;
	peer->remote = *from;
	peer->begin = milliseconds_now();
	return peer;
}

/* The destination address, and into how many datagrams a coalesced one (UDP_GRO) falls. */
static int read_control(struct msghdr *message, struct endpoint *local, ssize_t length)
{
	int segment = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO)
			local->v4.sin_addr = ((struct in_pktinfo *)CMSG_DATA(c))->ipi_addr;
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			local->v6.sin6_addr = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
		else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
			memcpy(&segment, CMSG_DATA(c), sizeof(segment));
	}
	return segment > 0 ? (length + segment - 1) / segment : 1;
}

static void serve(int fd, const struct fact *template)
{
	static struct fact peers[MAX_PEERS];
	static struct mmsghdr messages[MAX_WINDOW];
	static union control controls[MAX_WINDOW];
	static struct iovec data[MAX_WINDOW];
	static struct endpoint from[MAX_WINDOW];
	int count = 0, room = is("way", "recvmmsg") ? MAX_WINDOW : 1;
	long window = number("window", 16);

	for (;;) {
		struct pollfd sources[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(sources, 2, -1) < 0)
			continue;
		/* What has come before the end is received still. */
		if (!sources[0].revents) {
			if (sources[1].revents && read(STDIN_FILENO, receiving[0], 1) != 1)
				break;
			continue;
		}
		for (int i = 0; i < room; i++) {
			data[i] = (struct iovec){ .iov_base = receiving[i], .iov_len = MESSAGE_ROOM };
			messages[i].msg_hdr = (struct msghdr){ .msg_name = &from[i].room, .msg_namelen = sizeof(from[i].room),
							       .msg_iov = &data[i], .msg_iovlen = 1,
							       .msg_control = &controls[i],
							       .msg_controllen = sizeof(controls[i]) };
		}
		int got = recvmmsg(fd, messages, room, MSG_DONTWAIT, NULL);

		for (int i = 0; i < got; i++) {
			ssize_t n = messages[i].msg_len;

			from[i].length = messages[i].msg_hdr.msg_namelen;
			struct fact *peer = peer_of(peers, &count, template, &from[i]);
			long before = peer->packets_received / window;

			peer->packets_received += read_control(&messages[i].msg_hdr, &peer->local, n);
			peer->received += n - header_length(receiving[i], n, from[i].any.sa_family, kind);
			if (peer->packets_received / window == before || kind == MESSAGE_WITH_HEADER)
				continue;
			if (sendto(fd, receiving[i], ANSWER, 0, &from[i].any, from[i].length) != ANSWER)
				die("sendto");
			peer->sent += ANSWER;
			peer->packets_sent++;
		}
	}
	close(fd);
	for (int i = 0; i < count; i++) {
		peers[i].end = milliseconds_now();
		tell_end(&peers[i]);
	}
}

/* serve-datagrams: answers every `window` messages of each peer with one. silent=1: never. */
void mode_serve_datagrams(void)
{
	int protocol = number("protocol", IPPROTO_UDP), one = 1, zero = 0;
	struct endpoint at = endpoint_of(text("address", ""), protocol == IPPROTO_UDP ? number("port", 0) : 0);

	kind = kind_of_arguments();
	/* The peer of one that writes its own headers receives as any raw socket does. */
	int fd = message_socket(at.any.sa_family, protocol, kind == MESSAGE_WITH_HEADER ? MESSAGE_RAW : kind);

	if (at.any.sa_family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &one, sizeof(one));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	}
	if (is("way", "coalesce") && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof(one)))
		tell_impossible("UDP_GRO");
	if (bind(fd, &at.any, at.length))
		die("bind");
	struct fact template = begin_fact(fd, protocol);

	name_ends(&template, fd);
	tell_ready(port_of(&template.local));
	if (kind == MESSAGE_WITH_HEADER)
		kind = MESSAGE_RAW;
	serve(fd, &template);
}
