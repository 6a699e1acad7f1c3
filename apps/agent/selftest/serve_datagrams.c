/* The answering end of conversations without connections; datagram.c is the other. */
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

enum { ANSWER = 8, BATCH = 64, MAX_PEERS = 1024, PATIENCE_MS = 5000 };

static char receiving[BATCH][MESSAGE_ROOM];
static enum message_kind kind;

/* What each peer has sent, and was answered. */
static struct fact peers[MAX_PEERS];
static int peer_count;
/* Of all peers. */
static long received;

/* Where a message came to, which a socket bound to all addresses does not say. */
union control {
	char room[256];
	struct cmsghdr header;
};

static struct fact *peer_of(const struct fact *template, const struct endpoint *from)
{
	for (int i = 0; i < peer_count; i++)
		if (peers[i].remote.length == from->length && !memcmp(&peers[i].remote.room, &from->room, from->length))
			return &peers[i];
	if (peer_count == MAX_PEERS) {
		errno = ENOSPC;
		die("peers");
	}
	struct fact *peer = &peers[peer_count++];

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

static void answer(int fd, struct fact *peer)
{
	if (sendto(fd, receiving[0], ANSWER, 0, &peer->remote.any, peer->remote.length) != ANSWER)
		die("sendto");
	peer->sent += ANSWER;
	peer->packets_sent++;
}

/* Whatever is there; with way=recvmmsg as much as one call gives. */
static void receive(int fd, const struct fact *template)
{
	static struct mmsghdr messages[BATCH];
	static union control controls[BATCH];
	static struct iovec data[BATCH];
	static struct endpoint from[BATCH];
	int room = is("way", "recvmmsg") ? BATCH : 1;
	long window = number("window", 16);

	for (int i = 0; i < room; i++) {
		data[i] = (struct iovec){ .iov_base = receiving[i], .iov_len = MESSAGE_ROOM };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &from[i].room, .msg_namelen = sizeof(from[i].room),
						       .msg_iov = &data[i], .msg_iovlen = 1, .msg_control = &controls[i],
						       .msg_controllen = sizeof(controls[i]) };
	}
	int got = recvmmsg(fd, messages, room, MSG_DONTWAIT, NULL);

	for (int i = 0; i < got; i++) {
		ssize_t n = messages[i].msg_len;

		from[i].length = messages[i].msg_hdr.msg_namelen;
		struct fact *peer = peer_of(template, &from[i]);
		long before = peer->packets_received / window;
		int packets = read_control(&messages[i].msg_hdr, &peer->local, n);

		received += packets;
		peer->packets_received += packets;
		peer->received += n - header_length(receiving[i], n, from[i].any.sa_family, kind);
		if (peer->packets_received / window != before && !number("expect", 0))
			answer(fd, peer);
	}
}

/* Until the input ends, and what was expected has come: what was sent may still be on its way. */
static void serve(int fd, const struct fact *template)
{
	bool ended = false;

	while (!ended || received < number("expect", 0)) {
		struct pollfd sources[] = { { .fd = fd, .events = POLLIN },
					    { .fd = ended ? -1 : STDIN_FILENO, .events = POLLIN } };
		int ready = poll(sources, 2, ended ? PATIENCE_MS : -1);

		if (ready == 0)
			break;
		if (ready > 0 && sources[0].revents)
			receive(fd, template);
		else if (ready > 0)
			ended = read(STDIN_FILENO, receiving[0], 1) != 1;
	}
	close(fd);
	for (int i = 0; i < peer_count; i++) {
		peers[i].end = milliseconds_now();
		tell_end(&peers[i]);
	}
}

/*
 * serve-datagrams: answers every `window` messages of each peer with one. Of a peer that cannot take answers it expects
 * `expect` messages.
 */
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
