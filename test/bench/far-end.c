/*
 * A TCP server that no kernel knows of: the far end of connections that have one end on this host, as most have.
 *
 *   far-end DEVICE
 *
 * Makes a TUN device in its network namespace and answers whatever comes out of it: a SYN, a request (with 100 bytes
 * and a FIN) and a FIN. It remembers nothing of a connection. Prints "ready"; ends with its standard input.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { ANSWER_BYTES = 100, FIRST_SEQUENCE = 1000, HEADERS = sizeof(struct iphdr) + sizeof(struct tcphdr) };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* RFC 1071. */
static unsigned int add_words(const void *data, size_t size, unsigned int sum)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += bytes[i] << 8 | bytes[i + 1];
	return size & 1 ? sum + (bytes[size - 1] << 8) : sum;
}

static unsigned short folded(unsigned int sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/* Turns a packet round; `payload` bytes of nothing follow its headers. */
static void answer(int tun, const struct iphdr *ip, const struct tcphdr *tcp, unsigned int sequence,
		   unsigned int acknowledged, unsigned int flags, size_t payload)
{
	unsigned char packet[HEADERS + ANSWER_BYTES] = { 0 };
	struct iphdr *to = (void *)packet;
	struct tcphdr *back = (void *)(packet + sizeof(*to));
	size_t segment = sizeof(*back) + payload;

	to->version = 4;
	to->ihl = 5;
	to->tot_len = htons(sizeof(*to) + segment);
	to->ttl = 64;
	to->protocol = IPPROTO_TCP;
	to->saddr = ip->daddr;
	to->daddr = ip->saddr;
	to->check = folded(add_words(to, sizeof(*to), 0));
	back->source = tcp->dest;
	back->dest = tcp->source;
	back->seq = htonl(sequence);
	back->ack_seq = htonl(acknowledged);
	back->doff = 5;
	((unsigned char *)back)[13] = flags;
	back->window = htons(65535);
	/* The pseudo header: addresses, protocol and length (RFC 9293 3.1). */
	back->check = folded(add_words(back, segment, add_words(&to->saddr, 8, IPPROTO_TCP + segment)));
	if (write(tun, packet, sizeof(*to) + segment) < 0)
		fail("write");
}

static void take(int tun, const unsigned char *packet, size_t size)
{
	const struct iphdr *ip = (const void *)packet;

	if (size < HEADERS || ip->version != 4 || ip->protocol != IPPROTO_TCP)
		return;
	const struct tcphdr *tcp = (const void *)(packet + ip->ihl * 4);
	size_t payload = ntohs(ip->tot_len) - ip->ihl * 4 - tcp->doff * 4;
	unsigned int sequence = ntohl(tcp->seq), expected = ntohl(tcp->ack_seq);

	if (tcp->syn)
		answer(tun, ip, tcp, FIRST_SEQUENCE, sequence + 1, TH_SYN | TH_ACK, 0);
	else if (payload > 0)
		answer(tun, ip, tcp, expected, sequence + payload, TH_ACK | TH_PUSH | TH_FIN, ANSWER_BYTES);
	else if (tcp->fin)
		answer(tun, ip, tcp, expected, sequence + 1, TH_ACK, 0);
}

int main(int argc, char **argv)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int tun = open("/dev/net/tun", O_RDWR);
	struct pollfd in[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = tun, .events = POLLIN } };
	unsigned char packet[2048];

	if (argc != 2 || strlen(argv[1]) >= IFNAMSIZ) {
		fprintf(stderr, "usage: far-end DEVICE\n");
		return 2;
	}
	strcpy(request.ifr_name, argv[1]);
	if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0)
		fail("/dev/net/tun");
	printf("ready\n");
	fflush(stdout);
	while (poll(in, 2, -1) >= 0) {
		if (in[0].revents && read(STDIN_FILENO, packet, sizeof(packet)) <= 0)
			return 0;
		if (in[1].revents & POLLIN) {
			ssize_t size = read(tun, packet, sizeof(packet));

			/* Not up yet. */
			if (size > 0)
				take(tun, packet, size);
		}
	}
	return 1;
}
