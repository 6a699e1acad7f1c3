/* Clients of stream conversations. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "arguments.h"
#include "modes.h"
#include "place.h"
#include "stream.h"
#include "ways.h"

static struct plan plan;
static struct endpoint to;

static void read_plan(void)
{
	plan = plan_of_arguments();
	to = endpoint_of(text("address", ""), number("port", 0));
}

static void bind_port(int fd, int port)
{
	struct endpoint any = { .length = to.length };
	int one = 1;

	any.any.sa_family = to.any.sa_family;
	/* At the same place in both forms. */
	any.v4.sin_port = htons(port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &any.any, any.length))
		die("bind");
}

static int client_socket(void)
{
	int fd = stream_socket(&plan, to.any.sa_family);
	int count = number("syn-count", 0);
	unsigned int patience = number("user-timeout", 0);
	int buffer = number("send-buffer", 0);

	if (count)
		setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &count, sizeof(count));
	if (patience)
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof(patience));
	if (buffer)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer));
	if (number("bind-port", 0))
		bind_port(fd, number("bind-port", 0));
	return fd;
}

/* call: one conversation. Waits for a line before there is a socket (wait=1), or while it connects (wait=connecting). */
void mode_call(void)
{
	read_plan();
	if (number("wait", 0))
		wait_for_line();
	if (text("way", NULL)) {
		talk(client_socket(), &to, &plan);
		return;
	}
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	struct stream *stream = open_stream(epoll, client_socket(), &to, &plan);

	if (stream && is("wait", "connecting"))
		wait_for_line();
	run_streams(epoll, stream != NULL);
}

/* many: `count` conversations one after the other. */
void mode_many(void)
{
	read_plan();
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (long i = number("count", 1); i > 0; i--)
		run_streams(epoll, open_stream(epoll, client_socket(), &to, &plan) != NULL);
}

/* burst: `count` conversations at once. */
void mode_burst(void)
{
	read_plan();
	int epoll = epoll_create1(EPOLL_CLOEXEC), begun = 0;

	for (long i = number("count", 1); i > 0; i--)
		begun += open_stream(epoll, client_socket(), &to, &plan) != NULL;
	run_streams(epoll, begun);
}

static void *run_thread(void *barrier)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	pthread_barrier_wait(barrier);
	run_streams(epoll, open_stream(epoll, client_socket(), &to, &plan) != NULL);
	return NULL;
}

/* threads: `count` threads of one process that connect at the same moment. */
void mode_threads(void)
{
	long count = number("count", 1);
	pthread_t *threads = calloc(count, sizeof(*threads));
	pthread_barrier_t barrier;

	read_plan();
	if (!threads || pthread_barrier_init(&barrier, NULL, count))
		die("threads");
	for (long i = 0; i < count; i++)
		if ((errno = pthread_create(&threads[i], NULL, run_thread, &barrier)))
			die("pthread_create");
	for (long i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
}

/*
 * swarm: `processes` processes with one conversation each, `parallel` at a time; with kind=exec each a fresh program.
 * They call, or with protocol=17 send datagrams.
 */
void mode_swarm(void)
{
	static const char *const own[] = { "cgroup", "netns", "kind", "processes", "parallel", NULL };
	bool datagrams = number("protocol", IPPROTO_TCP) == IPPROTO_UDP;
	char **arguments = arguments_for(own_path(), datagrams ? "datagrams" : "call", own, NULL);
	long room = number("parallel", 8);

	for (long i = number("processes", 1); i > 0; i--) {
		if (room-- <= 0)
			wait_for_any_child();
		if (fork_bounded() == 0) {
			if (is("kind", "exec"))
				become(arguments);
			(datagrams ? mode_datagrams : mode_call)();
			exit(0);
		}
	}
	wait_for_all_children();
}

/* give-up: begins to connect and closes `abort-after` milliseconds later. */
void mode_give_up(void)
{
	read_plan();
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct stream *stream = open_stream(epoll, client_socket(), &to, &plan);

	if (!stream)
		return;
	usleep(number("abort-after", 100) * 1000);
	end_stream(stream, 0);
}

/* twice: the second connection has the same four addresses and ports as the first, so it cannot be. */
void mode_twice(void)
{
	read_plan();
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct stream *first = open_stream(epoll, client_socket(), &to, &plan);

	if (!first)
		return;
	struct pollfd writable = { .fd = first->fd, .events = POLLOUT };

	if (poll(&writable, 1, 5000) != 1)
		die("poll");
	struct stream *second = open_stream(epoll, client_socket(), &to, &plan);
	run_streams(epoll, 1 + (second != NULL));
}

/* The socket of a connection that this process made and hands on. */
static int connected_socket(struct fact *fact)
{
	int fd = client_socket();
	struct pollfd writable = { .fd = fd, .events = POLLOUT };

	*fact = begin_fact(fd, plan.protocol);
	if (connect(fd, &to.any, to.length) && errno != EINPROGRESS)
		die("connect");
	if (poll(&writable, 1, 5000) != 1)
		die("poll");
	name_ends(fact, fd);
	return fd;
}

/* become: connects and sends a byte, then goes on as another program, `worker`, with the same socket. */
void mode_become(void)
{
	static const char *const own[] = { "cgroup", "netns", "worker", NULL };
	struct fact fact;
	char argument[32];

	read_plan();
	int fd = connected_socket(&fact);

	if (send(fd, "x", 1, MSG_NOSIGNAL) != 1 || fcntl(fd, F_SETFD, 0))
		die("send");
	fact.sent = 1;
	tell_earlier(&fact);
	snprintf(argument, sizeof(argument), "fd=%d", fd);
	become(arguments_for(text("worker", ""), "work", own, argument));
}

/* inherit: a child does what the parent's socket, already connected, is for. */
void mode_inherit(void)
{
	read_plan();
	struct fact fact;
	int fd = connected_socket(&fact), epoll = epoll_create1(EPOLL_CLOEXEC);

	tell_earlier(&fact);
	int child = fork_bounded();
	if (child == 0) {
		struct stream *stream = take_stream(epoll, fd, &plan);

		stream->fact.begin = fact.begin;
		run_streams(epoll, 1);
		exit(0);
	}
	close(fd);
	wait_for_child(child);
}
