/*
 * What an application knows of a conversation of its own, said on standard output as one line of JSON. Nothing here
 * comes from a packet or from another process: it is the truth that an agent's events are held against.
 */
#ifndef TRAFFIC_FACT_H
#define TRAFFIC_FACT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "endpoint.h"

struct fact {
	int protocol;
	struct endpoint local, remote;
	uint64_t cookie;
	/* Payload as the application's own calls counted it, and how many datagrams. */
	long sent, received, packets_sent, packets_received;
	/* Milliseconds since 1970; connecting_ms: how long connect() took, negative for whoever did not connect. */
	double begin, end, connecting_ms;
	/* errno of what ended it, 0 for an ordinary end. */
	int error;
	/* Of TCP, as this end's kernel counted (TCP_INFO); negative: not asked. */
	long retransmits;
};

/* A fact of a socket that was just made: its cookie, the time, nothing counted yet. */
struct fact begin_fact(int fd, int protocol);
/* Both addresses as the socket has them now. */
void name_ends(struct fact *fact, int fd);
/* {"end": …}: the conversation is over, or this process has done its part in it. */
void tell_end(const struct fact *fact);
/* {"earlier": …}: this process held the socket, and hands it to another. */
void tell_earlier(const struct fact *fact);
/* {"ready": port}: whoever waits for a server may begin. */
void tell_ready(int port);
/* {"impossible": "why"}, and ends the program: the kernel does not have what the traffic needs. */
void tell_impossible(const char *what) __attribute__((noreturn));
/* {"waiting": true}, then waits for a line on standard input. */
void wait_for_line(void);

double milliseconds_now(void);

#endif
