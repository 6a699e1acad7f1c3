/* Frames below IP, through AF_PACKET sockets. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arguments.h"
#include "fact.h"
#include "message.h"
#include "modes.h"

enum {
	/* IEEE 802, "Local Experimental Ethertype 1" */
	EXPERIMENTAL = 0x88b5,
	/* What events call a conversation of such a socket; docs/wire.md. */
	PROTOCOL_PACKET = 255,
	FRAME_ROOM = 2048,
	FRAMES = 64,
};

static char frame[FRAME_ROOM];

static struct sockaddr_ll link_address(void)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(EXPERIMENTAL), .sll_halen = ETH_ALEN,
				  .sll_ifindex = if_nametoindex(text("interface", "")) };
	unsigned char *mac = at.sll_addr;

	if (!at.sll_ifindex)
		die(text("interface", ""));
	sscanf(text("mac", "ff:ff:ff:ff:ff:ff"), "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
	       &mac[4], &mac[5]);
	return at;
}

static int packet_socket(const struct sockaddr_ll *at)
{
	int type = is("kind", "cooked") ? SOCK_DGRAM : SOCK_RAW;
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, htons(EXPERIMENTAL));

	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EPERM))
		tell_impossible("AF_PACKET");
	if (fd < 0 || bind(fd, (const struct sockaddr *)at, sizeof(*at)))
		die("AF_PACKET");
	widen(fd);
	return fd;
}

static void write_ethernet(char *to, const struct sockaddr_ll *at)
{
	struct ethhdr header = { .h_proto = htons(EXPERIMENTAL), .h_source = { 2, 0, 0, 0, 0, 1 } };

	memcpy(header.h_dest, at->sll_addr, ETH_ALEN);
	memcpy(to, &header, sizeof(header));
}

/* Through the ring that is shared with the kernel: one call sends all frames in it (packet(7) PACKET_TX_RING). */
static void send_ring(int fd, const struct sockaddr_ll *at, int count, int size, struct fact *fact)
{
	struct tpacket_req room = { .tp_block_size = FRAMES * FRAME_ROOM, .tp_block_nr = 1, .tp_frame_size = FRAME_ROOM,
				    .tp_frame_nr = FRAMES };

	if (setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &room, sizeof(room)))
		tell_impossible("PACKET_TX_RING");
	char *ring = mmap(NULL, room.tp_block_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (ring == MAP_FAILED)
		die("mmap");
	for (int slot = 0; count > 0; count--) {
		struct tpacket_hdr *header = (void *)(ring + slot * FRAME_ROOM);
		char *bytes = (char *)header + TPACKET_HDRLEN - sizeof(struct sockaddr_ll);

		write_ethernet(bytes, at);
		header->tp_len = size;
		header->tp_status = TP_STATUS_SEND_REQUEST;
		slot = (slot + 1) % FRAMES;
		fact->packets_sent++;
		if (slot && count > 1)
			continue;
		ssize_t n = send(fd, NULL, 0, 0);

		if (n < 0)
			die("send");
		fact->sent += n;
	}
}

static void send_frames(int fd, const struct sockaddr_ll *at, int count, int size, struct fact *fact)
{
	if (!is("kind", "cooked"))
		write_ethernet(frame, at);
	for (; count > 0; count--) {
		ssize_t n = sendto(fd, frame, size, 0, (const struct sockaddr *)at, sizeof(*at));

		if (n < 0)
			die("sendto");
		fact->sent += n;
		fact->packets_sent++;
	}
}

/* inject: `count` frames of `size` bytes. kind: raw, cooked (the kernel writes the Ethernet header), ring. */
void mode_inject(void)
{
	struct sockaddr_ll at = link_address();
	int fd = packet_socket(&at);
	struct fact fact = begin_fact(fd, PROTOCOL_PACKET);

	(is("kind", "ring") ? send_ring : send_frames)(fd, &at, number("count", 1), number("size", 1000), &fact);
	close(fd);
	fact.end = milliseconds_now();
	tell_end(&fact);
}

/* serve-packets: receives until `count` frames have come, or standard input ends. */
void mode_serve_packets(void)
{
	struct sockaddr_ll at = link_address();
	int fd = packet_socket(&at);
	struct fact fact = begin_fact(fd, PROTOCOL_PACKET);

	tell_ready(0);
	while (fact.packets_received < number("count", 1)) {
		struct pollfd sources[] = { { .fd = fd, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };

		if (poll(sources, 2, -1) < 0 || sources[1].revents)
			break;
		ssize_t n = recv(fd, frame, sizeof(frame), 0);

		if (n < 0)
			die("recv");
		fact.received += n;
		fact.packets_received++;
	}
	close(fd);
	fact.end = milliseconds_now();
	tell_end(&fact);
}
