/* Sockets of protocols without connections: UDP, ICMP, any IP protocol through a raw socket. */
#ifndef TRAFFIC_MESSAGE_H
#define TRAFFIC_MESSAGE_H

#include "fact.h"

/* What is at the head of a message besides payload. */
enum message_kind {
	/* UDP: nothing, the kernel writes and takes off all headers. */
	MESSAGE_PLAIN,
	/* A raw socket: what an IPv4 one receives begins with the IP header (raw(7)). */
	MESSAGE_RAW,
	/* A raw socket for which the program writes the IP header itself; it only sends. */
	MESSAGE_WITH_HEADER,
	/* ICMP echo requests through a ping socket, or through a raw one. */
	MESSAGE_PING,
	MESSAGE_RAW_PING,
};

enum { ECHO_HEADER = 8, MESSAGE_ROOM = 1 << 16 };

/* From the argument kind=. */
enum message_kind kind_of_arguments(void);
/* So that nothing is lost while a loaded machine lets the program wait. */
void widen(int fd);
/* Says `impossible` and ends where the kernel has no such or allows none. */
int message_socket(int family, int protocol, enum message_kind kind);
/* Writes what must precede the payload of message number `number`; gives its length. `size`: of all of it. */
int write_head(char *message, int size, int number, const struct fact *fact, enum message_kind kind);
/* How many of `length` received bytes belong to the IP header. */
int header_length(const char *message, int length, int family, enum message_kind kind);

#endif
