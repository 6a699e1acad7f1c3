/*
 * A capture file of many conversations at the same time, always the same for the same arguments.
 *
 *   packet-mixture FILE PACKETS CONVERSATIONS
 *
 * Of the conversations 60 % are TCP (handshake, requests and longer answers, acknowledgments, one segment in 200 sent
 * again, one in 200 overtaken, both sides close), 25 % are DNS, 12 % streams of UDP, 3 % pings; a fifth is IPv6. A new one
 * takes the place of one that has ended. Which one has the next packet is chosen at random, so that no cache has it:
 * real traffic comes in trains and is kinder. A packet every 10 us, 128 bytes of each, Ethernet, no checksums.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENT, SERVER };
enum { TCP, DNS, STREAM, PING };
enum { FIN = 1, SYN = 2, PUSH = 8, ACK = 16 };
enum { SNAPLEN = 128, SEGMENT = 1448, MICROSECONDS_APART = 10 };
/* What a TCP conversation does next; between them lie requests and answers. */
enum { SEND_SYN, ANSWER_SYN, CONFIRM, REQUEST, RESPONSE, CLIENT_FIN, SERVER_FIN, LAST_ACK, OVER };

struct conversation {
	uint8_t kind, step, is_ipv6;
	/* Segments that the answer still has, and those that nobody acknowledged. */
	uint8_t segments, unacknowledged;
	uint16_t requests;
	uint32_t client, server;
	uint16_t ports[2];
	uint32_t next[2];
	/* The server sends this one once more, 0: none. */
	uint16_t again_length;
	uint32_t again;
};

struct segment {
	int from, flags;
	uint32_t sequence;
	uint16_t length;
	const uint8_t *payload;
	uint16_t payload_length;
};

static uint64_t random_state = 0x9e3779b97f4a7c15;
static FILE *file;
static uint64_t written;

/* xorshift64* */
static uint32_t random_below(uint32_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return ((random_state * 0x2545f4914f6cdd1d) >> 32) * below >> 32;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static void begin(struct conversation *one)
{
	uint32_t kind = random_below(100);

	memset(one, 0, sizeof(*one));
	one->kind = kind < 60 ? TCP : kind < 85 ? DNS : kind < 97 ? STREAM : PING;
	one->is_ipv6 = random_below(5) == 0;
	one->client = random_below(1 << 16);
	one->server = random_below(1 << 12);
	one->ports[CLIENT] = one->kind == PING ? 0 : 32768 + random_below(28232);
	one->ports[SERVER] = one->kind == TCP ? (random_below(4) ? 443 : 80) : one->kind == DNS ? 53 : 40000;
	one->next[CLIENT] = random_below(UINT32_MAX);
	one->next[SERVER] = random_below(UINT32_MAX);
	/* Most are short; a tenth has most of the packets. */
	one->requests = random_below(10) == 0 ? 20 + random_below(200) : 1 + random_below(6);
}

static void put_address(uint8_t *at, const struct conversation *one, int side)
{
	static const uint8_t prefix[8] = { 0x20, 0x01, 0x0d, 0xb8 };
	uint32_t host = side == CLIENT ? 0x0a000000 | one->client : 0xc6120000 | one->server;

	if (one->is_ipv6) {
		memcpy(at, prefix, 8);
		put32(at + 8, side);
		at += 12;
	}
	put32(at, host);
}

/* Ethernet and IP around what a protocol has; gives where that begins. */
static uint8_t *put_headers(uint8_t *packet, const struct conversation *one, int from, int protocol, int length)
{
	uint8_t *ip = packet + 14;

	memcpy(packet, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	put16(packet + 12, one->is_ipv6 ? 0x86dd : 0x0800);
	if (one->is_ipv6) {
		put32(ip, 0x60000000);
		put16(ip + 4, length);
		ip[6] = protocol;
		ip[7] = 64;
		put_address(ip + 8, one, from);
		put_address(ip + 24, one, !from);
		return ip + 40;
	}
	put16(ip, 0x4500);
	put16(ip + 2, 20 + length);
	put16(ip + 6, 0x4000);
	ip[8] = 64;
	ip[9] = protocol;
	put_address(ip + 12, one, from);
	put_address(ip + 16, one, !from);
	return ip + 20;
}

static void write_packet(const uint8_t *packet, uint32_t length)
{
	uint64_t us = written++ * MICROSECONDS_APART;
	uint32_t captured = length < SNAPLEN ? length : SNAPLEN;
	uint32_t header[4] = { 1700000000 + us / 1000000, us % 1000000, captured, length };

	fwrite(header, sizeof(header), 1, file);
	fwrite(packet, captured, 1, file);
}

static void put_payload(uint8_t *at, const uint8_t *end, const uint8_t *payload, uint16_t length)
{
	uint16_t room = at < end ? end - at : 0;

	memset(at, 0, room);
	if (payload)
		memcpy(at, payload, length < room ? length : room);
}

static void write_segment(struct conversation *one, struct segment segment)
{
	/* SYN has options; data has timestamps. */
	uint16_t header = segment.flags & SYN ? 40 : 32;
	uint8_t packet[2048], *tcp;

	tcp = put_headers(packet, one, segment.from, 6, header + segment.length);
	memset(tcp, 0, header);
	put16(tcp, one->ports[segment.from]);
	put16(tcp + 2, one->ports[!segment.from]);
	put32(tcp + 4, segment.sequence);
	if (segment.flags & ACK)
		put32(tcp + 8, one->next[!segment.from]);
	tcp[12] = header / 4 << 4;
	tcp[13] = segment.flags;
	put16(tcp + 14, 501);
	memset(tcp + 20, 1, header - 20);
	put_payload(tcp + header, packet + SNAPLEN, segment.payload, segment.payload_length);
	write_packet(packet, tcp + header + segment.length - packet);
}

/* In order; FIN and SYN count as a byte. */
static void send_segment(struct conversation *one, int from, int flags, uint16_t length)
{
	static const uint8_t http[] = "GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
	static const uint8_t tls[] = "\x17\x03\x03\x02\0";
	int is_plain = one->ports[SERVER] == 80 && from == CLIENT;
	struct segment segment = { .from = from, .flags = flags, .sequence = one->next[from], .length = length };

	if (length) {
		segment.payload = is_plain ? http : tls;
		segment.payload_length = is_plain ? sizeof(http) - 1 : 5;
	}
	write_segment(one, segment);
	one->next[from] += length + !!(flags & (SYN | FIN));
}

static void send_response(struct conversation *one)
{
	uint32_t first = one->next[SERVER];
	int chance = random_below(200);

	if (one->again_length) {
		write_segment(one, (struct segment){
			.from = SERVER, .flags = ACK, .sequence = one->again, .length = one->again_length });
		one->again_length = 0;
		return;
	}
	if (one->unacknowledged == 2 || one->segments == 0) {
		send_segment(one, CLIENT, ACK, 0);
		one->unacknowledged = 0;
		if (one->segments == 0)
			one->step = --one->requests ? REQUEST : CLIENT_FIN;
		return;
	}
	/* Overtaken: the one behind it comes first. */
	if (chance == 0)
		one->next[SERVER] += SEGMENT;
	send_segment(one, SERVER, one->segments == 1 ? ACK | PUSH : ACK, SEGMENT);
	if (chance <= 1) {
		one->again = first;
		one->again_length = SEGMENT;
	}
	one->segments--;
	one->unacknowledged++;
}

static void step_tcp(struct conversation *one)
{
	switch (one->step) {
	case SEND_SYN:
		send_segment(one, CLIENT, SYN, 0);
		break;
	case ANSWER_SYN:
		send_segment(one, SERVER, SYN | ACK, 0);
		break;
	case CONFIRM:
		send_segment(one, CLIENT, ACK, 0);
		break;
	case REQUEST:
		send_segment(one, CLIENT, ACK | PUSH, 100 + random_below(900));
		one->segments = 1 + random_below(12);
		break;
	case RESPONSE:
		send_response(one);
		return;
	case CLIENT_FIN:
		send_segment(one, CLIENT, FIN | ACK, 0);
		break;
	case SERVER_FIN:
		send_segment(one, SERVER, FIN | ACK, 0);
		break;
	default:
		send_segment(one, CLIENT, ACK, 0);
	}
	one->step++;
}

static void write_datagram(struct conversation *one, int from, const uint8_t *payload, uint16_t length)
{
	uint8_t packet[2048], *udp = put_headers(packet, one, from, 17, 8 + length);

	put16(udp, one->ports[from]);
	put16(udp + 2, one->ports[!from]);
	put16(udp + 4, 8 + length);
	put16(udp + 6, 0);
	put_payload(udp + 8, packet + SNAPLEN, payload, length);
	write_packet(packet, udp + 8 + length - packet);
}

/* A question for one of a thousand names, and its answer with an address of IPv4. */
static void step_dns(struct conversation *one)
{
	uint8_t message[64] = { 0, 0, 1, 0, 0, 1 }, *at = message + 12;

	put16(message, one->next[CLIENT]);
	*at++ = 5;
	at += sprintf((char *)at, "h%04u", one->server % 1000);
	memcpy(at, "\7example\3org\0\0\1\0\1", 17);
	at += 17;
	if (one->step == 1) {
		put16(message + 2, 0x8180);
		put16(message + 6, 1);
		memcpy(at, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
		put32(at + 12, 0xc6120000 | one->server % 1000);
		at += 16;
	}
	write_datagram(one, one->step, message, at - message);
	one->step = one->step == 1 ? OVER : 1;
}

static void step_stream(struct conversation *one)
{
	write_datagram(one, random_below(5) ? SERVER : CLIENT, NULL, 200 + random_below(1000));
	if (random_below(4) == 0 && --one->requests == 0)
		one->step = OVER;
}

static void step_ping(struct conversation *one)
{
	int is_reply = one->step;
	uint8_t packet[256], *icmp = put_headers(packet, one, is_reply, one->is_ipv6 ? 58 : 1, 64);

	memset(icmp, 0, 64);
	icmp[0] = one->is_ipv6 ? 128 + is_reply : is_reply ? 0 : 8;
	write_packet(packet, icmp + 64 - packet);
	one->step = !is_reply;
	if (is_reply && --one->requests == 0)
		one->step = OVER;
}

int main(int argc, char **argv)
{
	static void (*const steps[])(struct conversation *) = { step_tcp, step_dns, step_stream, step_ping };
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, SNAPLEN, 1 };
	uint64_t packets = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
	uint32_t count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	struct conversation *all = calloc(count, sizeof(*all));

	if (packets == 0 || count == 0 || all == NULL) {
		fprintf(stderr, "usage: packet-mixture FILE PACKETS CONVERSATIONS\n");
		return 2;
	}
	file = fopen(argv[1], "wb");
	if (file == NULL) {
		perror(argv[1]);
		return 1;
	}
	setvbuf(file, NULL, _IOFBF, 1 << 20);
	fwrite(header, sizeof(header), 1, file);
	for (uint32_t i = 0; i < count; i++)
		begin(&all[i]);
	while (written < packets) {
		struct conversation *one = &all[random_below(count)];

		steps[one->kind](one);
		if (one->step == OVER)
			begin(one);
	}
	if (fclose(file) != 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
