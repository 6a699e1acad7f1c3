/*
 * One end of a conversation, for the tests: small, so that it lives for a millisecond.
 *
 *   peer connect ADDRESS PORT    connects, sends --send bytes, reads back --receive, closes
 *   peer serve ADDRESS [PORT]    echoes whatever comes, until killed
 *   peer udp-send ADDRESS PORT   sends --count datagrams of --send bytes and waits for each one's echo
 *   peer udp-serve ADDRESS       echoes datagrams
 *   peer raw ADDRESS PROTOCOL    sends --count packets of --send bytes to itself over a raw socket, and reads them
 *   peer echo-request ADDRESS    pings: --count ICMP echo requests with --send bytes, and reads the replies
 *   peer packet INTERFACE        injects --count frames of --send bytes through an AF_PACKET socket
 *   peer many ADDRESS PORT       --count connections one after another, of --send bytes each
 *
 *   --fork         a child without exec does it    --workers N    accepted by N children (prefork)
 *   --inherit      the child only uses what the parent opened    --connected    UDP: connect() first
 *   --syn-count N  SYNs to send at most            --backlog N, --no-accept
 *   --linger       abort instead of closing        --hold MS      wait before closing
 *   --half-close   wait for the other end to close first    --delay MS    wait before sending
 *   --while FILE   keep the connection while FILE exists
 *   --pass         the server hands each connection to another process after its first message (SCM_RIGHTS)
 *   --receive-buffer N    UDP: room for received datagrams    --no-accept: they are read only when --while is over
 *   --again N      connect: a second message, with its echo
 *   --from ADDRESS[:PORT]        where to connect from    --early    report when connected, too
 *   --ask          the server asks who connects when it accepts
 *   --unread       close only when received data waits to be read
 *   --segment N    UDP: all datagrams in one call, cut into N bytes by the kernel (GSO)
 *
 * Prints one JSON line: the server when it listens, the client when it has ended.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
	long send, receive, count, workers, syn_count, backlog, hold, delay, segment, receive_buffer, again;
	bool fork, inherit, connected, no_accept, linger, half_close, pass, early, ask, unread;
	const char *while_exists, *from;
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

/* ADDRESS or ADDRESS:PORT, which others may have too. */
static void bind_to(int fd, const char *from)
{
	char address[64];
	const char *colon = strchr(from, ':');
	int yes = 1;

	snprintf(address, sizeof(address), "%.*s", colon ? (int)(colon - from) : 63, from);
	struct addrinfo *on = resolve(address, colon ? colon + 1 : "0", SOCK_STREAM);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, on->ai_addr, on->ai_addrlen))
		fail("bind");
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
	if (option.from)
		bind_to(fd, option.from);
	if (connect(fd, to->ai_addr, to->ai_addrlen)) {
		report(-1, 0, 0, 0, errno);
		return;
	}
	if (option.early)
		report(fd, 0, 0, 0, 0);
	if (option.fork && option.inherit)
		go_on_in_child();
	int local_port = port_of(fd);
	usleep(option.delay * 1000);
	long sent = write_all(fd, option.send);
	long received = read_all(fd, option.receive);
	if (option.again) {
		sent += write_all(fd, option.again);
		received += read_all(fd, option.again);
	}
	if (option.half_close)
		received += read_all(fd, 1L << 40);
	usleep(option.hold * 1000);
	for (int waiting = 0; option.unread && waiting == 0; usleep(1000))
		ioctl(fd, FIONREAD, &waiting);
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

/* Sends or receives one descriptor over a UNIX socket. */
static void send_descriptor(int channel, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) < 0)
		fail("sendmsg");
}

static int receive_descriptor(int channel)
{
	char control[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(channel, &message, 0) <= 0)
		exit(0);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* The process that accepts echoes the first message; all others are echoed by the one that it hands the socket to. */
static void serve_by_passing(int listener)
{
	int channel[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel))
		fail("socketpair");
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(channel[0]);
		close(listener);
		for (;;)
			serve_one(receive_descriptor(channel[1]));
	}
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		if (n > 0)
			write_all(fd, n);
		send_descriptor(channel[0], fd);
		close(fd);
	}
}

static void serve_for_ever(int listener)
{
	for (;;) {
		if (option.no_accept) {
			pause();
			continue;
		}
		struct sockaddr_storage from;
		socklen_t length = sizeof(from);
		int fd = accept(listener, option.ask ? (struct sockaddr *)&from : NULL, option.ask ? &length : NULL);
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
	if (option.pass)
		serve_by_passing(fd);
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
	while (option.while_exists && access(option.while_exists, F_OK) == 0)
		usleep(1000);
	int local_port = port_of(fd);
	close(fd);
	report(-1, local_port, sent, received, 0);
}

static void run_udp_serve(const char *address)
{
	struct addrinfo *on = resolve(address, "0", SOCK_DGRAM);
	int fd = socket(on->ai_family, SOCK_DGRAM, 0);

	int room = option.receive_buffer;
	if (room)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, on->ai_addr, on->ai_addrlen))
		fail("bind");
	report(fd, 0, 0, 0, 0);
	if (option.no_accept) {
		while (option.while_exists && access(option.while_exists, F_OK) == 0)
			usleep(1000);
		long received = 0;
		ssize_t n;
		while ((n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT)) >= 0)
			received += n;
		report(fd, 0, 0, received, 0);
		pause();
	}
	for (;;) {
		struct sockaddr_storage from;
		socklen_t length = sizeof(from);
		ssize_t n = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &length);
		if (n >= 0)
			sendto(fd, buffer, n, 0, (struct sockaddr *)&from, length);
	}
}

static void run_raw(const char *address, const char *protocol)
{
	struct addrinfo *to = resolve(address, "0", SOCK_DGRAM);
	int fd = socket(to->ai_family, SOCK_RAW, atoi(protocol));
	struct timeval patience = { .tv_sec = 2 };
	long sent = 0, received = 0;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (long i = 0; i < option.count; i++) {
		ssize_t n = sendto(fd, buffer, option.send, 0, to->ai_addr, to->ai_addrlen);
		if (n < 0)
			fail("sendto");
		sent += n;
		/* IPv4 hands over its own header too, IPv6 does not (raw(7), RFC 3542). */
		n = recv(fd, buffer, sizeof(buffer), 0);
		received += n < 0 ? 0 : to->ai_family == AF_INET ? n - 20 : n;
	}
	usleep(option.hold * 1000);
	report(-1, 0, sent, received, 0);
}

static unsigned short checksum(const unsigned char *bytes, long length)
{
	unsigned long sum = 0;

	for (long i = 0; i < length; i += 2)
		sum += bytes[i] << 8 | (i + 1 < length ? bytes[i + 1] : 0);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void run_echo_request(const char *address)
{
	struct addrinfo *to = resolve(address, "0", SOCK_DGRAM);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), only_replies = ~(1 << ICMP_ECHOREPLY);
	struct timeval patience = { .tv_sec = 2 };
	unsigned char packet[2048] = { 0 };
	struct icmphdr *header = (struct icmphdr *)packet;
	long length = sizeof(*header) + option.send, sent = 0, received = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER */, &only_replies, sizeof(only_replies));
	for (long i = 0; i < option.count; i++) {
		*header = (struct icmphdr){ .type = ICMP_ECHO, .un.echo = { htons(getpid()), htons(i) } };
		header->checksum = checksum(packet, length);
		ssize_t n = sendto(fd, packet, length, 0, to->ai_addr, to->ai_addrlen);
		if (n < 0)
			fail("sendto");
		sent += n;
		n = recv(fd, buffer, sizeof(buffer), 0);
		received += n < 0 ? 0 : n - 20;
	}
	report(-1, 0, sent, received, 0);
}

static void run_packet(const char *interface)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(0x88b5),
				  .sll_ifindex = if_nametoindex(interface), .sll_halen = 6 };
	int fd = socket(AF_PACKET, SOCK_RAW, htons(0x88b5));
	long sent = 0;

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("AF_PACKET");
	/* IEEE 802 reserves the ethertype 0x88b5 for experiments. */
	buffer[12] = 0x88;
	buffer[13] = 0xb5;
	for (long i = 0; i < option.count; i++) {
		ssize_t n = sendto(fd, buffer, option.send, 0, (struct sockaddr *)&to, sizeof(to));
		if (n < 0)
			fail("sendto");
		sent += n;
	}
	usleep(option.hold * 1000);
	report(-1, 0, sent, 0, 0);
}

static void run_many(const char *address, const char *port)
{
	struct addrinfo *to = resolve(address, port, SOCK_STREAM);
	long sent = 0;

	for (long i = 0; option.while_exists ? access(option.while_exists, F_OK) == 0 : i < option.count; i++) {
		int fd = socket(to->ai_family, SOCK_STREAM, 0);
		if (connect(fd, to->ai_addr, to->ai_addrlen))
			fail("connect");
		long n = write_all(fd, option.send);
		sent += n;
		read_all(fd, n);
		close(fd);
		usleep(option.delay * 1000);
	}
	report(-1, 0, sent, sent, 0);
}

static void read_options(int argc, char **argv)
{
	enum { FORK = 1, INHERIT, CONNECTED, NO_ACCEPT, LINGER, HALF_CLOSE, PASS, EARLY, ASK, UNREAD };
	static const struct option names[] = {
		{ "send", 1, NULL, 's' },	{ "receive", 1, NULL, 'r' },  { "count", 1, NULL, 'c' },
		{ "workers", 1, NULL, 'w' },	{ "syn-count", 1, NULL, 'y' }, { "backlog", 1, NULL, 'b' },
		{ "delay", 1, NULL, 'd' },
		{ "hold", 1, NULL, 'h' }, { "while", 1, NULL, 'e' },	{ "segment", 1, NULL, 'g' },  { "fork", 0, NULL, FORK },
		{ "inherit", 0, NULL, INHERIT }, { "connected", 0, NULL, CONNECTED },
		{ "no-accept", 0, NULL, NO_ACCEPT }, { "linger", 0, NULL, LINGER },
		{ "half-close", 0, NULL, HALF_CLOSE }, { "pass", 0, NULL, PASS },
		{ "receive-buffer", 1, NULL, 'v' }, { "again", 1, NULL, 'a' }, { "from", 1, NULL, 'f' },
		{ "early", 0, NULL, EARLY }, { "ask", 0, NULL, ASK }, { "unread", 0, NULL, UNREAD }, { 0 },
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
		case 'f': option.from = optarg; break;
		case UNREAD: option.unread = true; break;
		case ASK: option.ask = true; break;
		case EARLY: option.early = true; break;
		case 'a': option.again = atol(optarg); break;
		case 'v': option.receive_buffer = atol(optarg); break;
		case PASS: option.pass = true; break;
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
	else if (words >= 3 && !strcmp(word[0], "raw"))
		run_raw(word[1], word[2]);
	else if (words >= 2 && !strcmp(word[0], "echo-request"))
		run_echo_request(word[1]);
	else if (words >= 2 && !strcmp(word[0], "packet"))
		run_packet(word[1]);
	else if (words >= 3 && !strcmp(word[0], "many"))
		run_many(word[1], word[2]);
	else
		return 2;
	return 0;
}
