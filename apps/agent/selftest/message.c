#define _GNU_SOURCE
#include "message.h"

#include <errno.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"

enum { BUFFER = 1 << 22 };

void widen(int fd)
{
	int bytes = BUFFER;

	/* As root beyond the host's limit. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
}

/* linux/icmp.h ICMP_FILTER at SOL_RAW; netinet's header would clash with linux's. */
enum { FILTER_OPTION = 1, ICMPV6_FILTER_OPTION = 1 };

enum message_kind kind_of_arguments(void)
{
	if (is("kind", "raw"))
		return MESSAGE_RAW;
	if (is("kind", "header"))
		return MESSAGE_WITH_HEADER;
	if (is("kind", "ping"))
		return MESSAGE_PING;
	return is("kind", "raw-ping") ? MESSAGE_RAW_PING : MESSAGE_PLAIN;
}

/* A raw ICMP socket gets a copy of whatever ICMP comes to the host: only answers to echo requests are wanted. */
static void filter_echo_replies(int fd, int family)
{
	uint32_t v4 = ~(1U << ICMP_ECHOREPLY), v6[8];

	memset(v6, 0xff, sizeof(v6));
	v6[ICMPV6_ECHO_REPLY >> 5] &= ~(1U << (ICMPV6_ECHO_REPLY & 31));
	if (family == AF_INET ? setsockopt(fd, SOL_RAW, FILTER_OPTION, &v4, sizeof(v4))
			      : setsockopt(fd, IPPROTO_ICMPV6, ICMPV6_FILTER_OPTION, v6, sizeof(v6)))
		die("ICMP_FILTER");
}

int message_socket(int family, int protocol, enum message_kind kind)
{
	int type = kind == MESSAGE_PLAIN || kind == MESSAGE_PING ? SOCK_DGRAM : SOCK_RAW;
	int fd = socket(family, type | SOCK_CLOEXEC, kind == MESSAGE_WITH_HEADER ? IPPROTO_RAW : protocol);

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EACCES))
		tell_impossible("socket");
	if (fd < 0)
		die("socket");
	widen(fd);
	if (kind == MESSAGE_RAW_PING)
		filter_echo_replies(fd, family);
	return fd;
}

/* RFC 1071 */
static uint16_t checksum(const char *bytes, int length)
{
	uint32_t sum = 0;

	for (int i = 0; i < length; i += 2)
		sum += (uint8_t)bytes[i] << 8 | (i + 1 < length ? (uint8_t)bytes[i + 1] : 0);
	sum = (sum & 0xffff) + (sum >> 16);
	return htons(~(sum + (sum >> 16)));
}

static int write_echo_request(char *message, int size, int number, bool v4)
{
	/* RFC 792, RFC 4443: both forms have the same members at the same places. */
	struct icmphdr echo = { .type = v4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST,
				.un.echo = { .id = htons(getpid()), .sequence = htons(number) } };

	memcpy(message, &echo, sizeof(echo));
	/* The kernel writes that of ICMPv6, and of ping sockets. */
	echo.checksum = v4 ? checksum(message, size) : 0;
	memcpy(message, &echo, sizeof(echo));
	return sizeof(echo);
}

static int write_ip_header(char *message, int size, const struct fact *fact)
{
	struct ip v4 = { .ip_v = 4, .ip_hl = 5, .ip_ttl = 64, .ip_p = fact->protocol, .ip_len = htons(size) };
	struct ip6_hdr v6 = { .ip6_flow = htonl(6U << 28), .ip6_hops = 64, .ip6_nxt = fact->protocol };

	if (fact->remote.any.sa_family == AF_INET) {
		v4.ip_src = fact->local.v4.sin_addr;
		v4.ip_dst = fact->remote.v4.sin_addr;
		memcpy(message, &v4, sizeof(v4));
		return sizeof(v4);
	}
	v6.ip6_plen = htons(size - sizeof(v6));
	v6.ip6_src = fact->local.v6.sin6_addr;
	v6.ip6_dst = fact->remote.v6.sin6_addr;
	memcpy(message, &v6, sizeof(v6));
	return sizeof(v6);
}

int write_head(char *message, int size, int number, const struct fact *fact, enum message_kind kind)
{
	if (kind == MESSAGE_WITH_HEADER)
		return write_ip_header(message, size, fact);
	if (kind == MESSAGE_PING || kind == MESSAGE_RAW_PING)
		return write_echo_request(message, size, number, fact->remote.any.sa_family == AF_INET);
	return 0;
}

int header_length(const char *message, int length, int family, enum message_kind kind)
{
	bool raw = kind == MESSAGE_RAW || kind == MESSAGE_RAW_PING;

	return raw && family == AF_INET && length > 0 ? (message[0] & 15) * 4 : 0;
}
