/* One end of a stream conversation (TCP, SCTP), driven by epoll so that both directions run at once. */
#ifndef TRAFFIC_STREAM_H
#define TRAFFIC_STREAM_H

#include <stdbool.h>

#include "fact.h"

enum ending {
	END_CLOSE,
	/* SO_LINGER 0: what close() sends is a reset. */
	END_RESET,
	/* Closed with data that was not read: the kernel resets. */
	END_UNREAD,
	/* Not before the connection breaks. */
	END_BROKEN,
	/* The process is killed with the socket open; the kernel closes it. */
	END_KILLED,
};

/* What an end does. */
struct plan {
	int protocol;
	/* Bytes to send; then the direction is ended, unless `receive` says when to stop. */
	long send;
	/* Bytes to receive; negative: until the peer ends its direction. */
	long receive;
	/* Sends only after the peer has ended its direction, and `pause` milliseconds later. */
	bool answer;
	long pause;
	enum ending ending;
};

struct stream {
	struct fact fact;
	const struct plan *plan;
	int fd;
	long left;
	bool connecting, write_ended, read_ended;
	/* All of this thread that are not over, as a list. */
	struct stream *next, *previous;
};

/* From the arguments send, receive, answer, pause, end, protocol. */
struct plan plan_of_arguments(void);
/* A stream socket of the plan's protocol, not blocking; says `impossible` and ends where the kernel has no such. */
int stream_socket(const struct plan *plan, int family);
/* Begins to connect and has epoll tell of the stream. Null: it failed at once, and the fact was told. */
struct stream *open_stream(int epoll, int fd, const struct endpoint *to, const struct plan *plan);
/* Takes an accepted socket. */
struct stream *take_stream(int epoll, int fd, const struct plan *plan);
/* Does what can be done now. True: the conversation is over, its fact is told and the stream is gone. */
bool advance(struct stream *stream);
/* Runs `count` streams of this epoll to their ends. */
void run_streams(int epoll, int count);
/* Tells how the conversation ended, as plan->ending says, with `error`, and frees it. */
void end_stream(struct stream *stream, int error);

/* Ends what this thread has, whatever the plans say. */
void end_all_streams(void);

/* Of TCP; -1 for other protocols. */
long retransmits_of(int fd, int protocol);

#endif
