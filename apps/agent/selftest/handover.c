/*
 * A server whose accepting process is not the one that talks: it hands each socket on through a Unix socket
 * (SCM_RIGHTS, kind=message), or to a handler that it forks and executes (kind=exec, as inetd does).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "arguments.h"
#include "modes.h"
#include "place.h"
#include "serve.h"

/* What a message with a descriptor needs besides its one byte of data. */
union control {
	char room[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

static const char *const own[] = { "cgroup", "netns", "kind", "count", "worker", NULL };

static void pass_message(int channel, int fd)
{
	union control control = { .room = { 0 } };
	char byte = 0;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) != 1)
		die("sendmsg");
}

/* Negative at the end. */
static int take_message(int channel)
{
	union control control;
	char byte;
	int fd = -1;
	struct iovec data = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control.room) };

	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* Starts the program `worker` with `fd` as its descriptor. */
static void start_worker(const char *mode, int fd)
{
	char argument[32];

	if (fork_bounded() > 0)
		return;
	snprintf(argument, sizeof(argument), "fd=%d", fd);
	if (fcntl(fd, F_SETFD, 0))
		die("fcntl");
	become(arguments_for(text("worker", own_path()), mode, own, argument));
}

static void hand_over(int fd, const struct plan *plan, int channel)
{
	struct fact fact = begin_fact(fd, plan->protocol);

	name_ends(&fact, fd);
	tell_earlier(&fact);
	if (channel >= 0)
		pass_message(channel, fd);
	else
		start_worker("work", fd);
	close(fd);
}

/* pass: accepts `count` connections and hands each on to the program `worker`. */
void mode_pass(void)
{
	struct plan plan = plan_of_arguments();
	int listener = bound_stream(&plan, number("port", 0), number("backlog", 128)), channel[2] = { -1, -1 };

	if (is("kind", "message")) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel))
			die("socketpair");
		start_worker("work-passed", channel[1]);
		close(channel[1]);
	}
	if (fcntl(listener, F_SETFL, 0))
		die("fcntl");
	tell_ready(bound_port(listener));
	for (long i = number("count", 1); i > 0; i--) {
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			die("accept");
		hand_over(fd, &plan, channel[0]);
	}
	close(channel[0]);
	wait_for_all_children();
}

static void work_on(int fd, const struct plan *plan)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (fcntl(fd, F_SETFL, O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		die("fcntl");
	take_stream(epoll, fd, plan);
	run_streams(epoll, 1);
	close(epoll);
}

/* work: talks on the socket fd=N. */
void mode_work(void)
{
	struct plan plan = plan_of_arguments();

	work_on(number("fd", -1), &plan);
}

/* work-passed: talks on the sockets that come through fd=N. */
void mode_work_passed(void)
{
	struct plan plan = plan_of_arguments();
	int fd;

	while ((fd = take_message(number("fd", -1))) >= 0)
		work_on(fd, &plan);
}
