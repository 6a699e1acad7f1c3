#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "arguments.h"
#include "modes.h"
#include "place.h"

int bound_stream(const struct plan *plan, int port, int backlog)
{
	struct endpoint at = endpoint_of(text("address", ""), port);
	int one = 1, fd = stream_socket(plan, at.any.sa_family);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	if (bind(fd, &at.any, at.length))
		die("bind");
	if (backlog > 0 && listen(fd, backlog))
		die("listen");
	return fd;
}

int bound_port(int fd)
{
	struct endpoint at = { .length = sizeof(at.room) };

	if (getsockname(fd, &at.any, &at.length))
		die("getsockname");
	return port_of(&at);
}

static void watch(int epoll, int fd, void *tag)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = tag };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

static void accept_all(int epoll, int listener, const struct plan *plan)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		take_stream(epoll, fd, plan);
	/* Another worker was faster; a client has gone again. */
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
		die("accept");
}

/* False at the end. */
static bool input_goes_on(void)
{
	char byte;

	return read(STDIN_FILENO, &byte, 1) == 1;
}

void serve_until_end(int listener, const struct plan *plan)
{
	static char listener_tag, input_tag;
	struct epoll_event events[64];
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	watch(epoll, listener, &listener_tag);
	watch(epoll, STDIN_FILENO, &input_tag);
	for (;;) {
		int ready = epoll_wait(epoll, events, 64, -1);

		for (int i = 0; i < ready; i++) {
			void *tag = events[i].data.ptr;

			if (tag == &listener_tag)
				accept_all(epoll, listener, plan);
			else if (tag != &input_tag)
				advance(tag);
			else if (!input_goes_on())
				return end_all_streams();
		}
	}
}

/* serve: one process accepts and talks. */
void mode_serve(void)
{
	struct plan plan = plan_of_arguments();
	int listener = bound_stream(&plan, number("port", 0), number("backlog", 4096));
	struct fact fact = begin_fact(listener, plan.protocol);

	/* Of SCTP an agent may see the handshake as the listening socket's own. */
	name_ends(&fact, listener);
	tell_earlier(&fact);
	tell_ready(bound_port(listener));
	serve_until_end(listener, &plan);
}

/* prefork: `workers` children accept from the socket on which their parent listens. */
void mode_prefork(void)
{
	struct plan plan = plan_of_arguments();
	int listener = bound_stream(&plan, number("port", 0), number("backlog", 4096));

	for (long i = number("workers", 4); i > 0; i--) {
		if (fork_bounded() == 0) {
			serve_until_end(listener, &plan);
			exit(0);
		}
	}
	tell_ready(bound_port(listener));
	wait_for_all_children();
}

/* reuse-port: `workers` children, each listening with a socket of its own at one port. */
void mode_reuse_port(void)
{
	struct plan plan = plan_of_arguments();
	/* Holds the port. Not listening, it gets no connection. */
	int holder = bound_stream(&plan, number("port", 0), 0), listening[2];
	char byte = 0;

	if (pipe(listening))
		die("pipe");
	for (long i = number("workers", 4); i > 0; i--) {
		if (fork_bounded() > 0)
			continue;
		int listener = bound_stream(&plan, bound_port(holder), number("backlog", 4096));

		if (write(listening[1], &byte, 1) != 1)
			die("pipe");
		serve_until_end(listener, &plan);
		exit(0);
	}
	for (long i = number("workers", 4); i > 0; i--)
		if (read(listening[0], &byte, 1) != 1)
			die("pipe");
	tell_ready(bound_port(holder));
	wait_for_all_children();
}
