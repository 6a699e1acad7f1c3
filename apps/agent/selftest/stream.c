#define _GNU_SOURCE
#include "stream.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "arguments.h"

enum { CHUNK = 1 << 17, EVENTS = 256 };

static _Thread_local struct stream *living;

static void link_stream(struct stream *stream)
{
	stream->next = living;
	stream->previous = NULL;
	if (living)
		living->previous = stream;
	living = stream;
}

static void unlink_stream(struct stream *stream)
{
	if (stream->next)
		stream->next->previous = stream->previous;
	if (stream->previous)
		stream->previous->next = stream->next;
	else
		living = stream->next;
}

struct plan plan_of_arguments(void)
{
	return (struct plan){
		.protocol = number("protocol", IPPROTO_TCP),
		.send = number("send", 0),
		.receive = number("receive", -1),
		.answer = number("answer", 0),
		.pause = number("pause", 0),
		.ending = is("end", "reset") ? END_RESET : is("end", "unread") ? END_UNREAD :
			  is("end", "killed") ? END_KILLED :
			  is("end", "broken") ? END_BROKEN : END_CLOSE,
	};
}

int stream_socket(const struct plan *plan, int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, plan->protocol);

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT))
		tell_impossible("this kernel has no such protocol");
	if (fd < 0)
		die("socket");
	return fd;
}

long retransmits_of(int fd, int protocol)
{
	struct tcp_info info;
	socklen_t length = sizeof(info);

	if (protocol != IPPROTO_TCP || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length))
		return -1;
	return info.tcpi_total_retrans;
}

static struct stream *make_stream(int fd, const struct plan *plan)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		die("calloc");
	stream->fact = begin_fact(fd, plan->protocol);
	stream->plan = plan;
	stream->fd = fd;
	stream->left = plan->send;
	link_stream(stream);
	return stream;
}

static void watch(int epoll, struct stream *stream)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = stream };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, stream->fd, &event))
		die("epoll_ctl");
}

struct stream *open_stream(int epoll, int fd, const struct endpoint *to, const struct plan *plan)
{
	struct stream *stream = make_stream(fd, plan);
	int failed = connect(fd, &to->any, to->length), error = failed ? errno : 0;

	name_ends(&stream->fact, fd);
	stream->fact.remote = *to;
	stream->connecting = true;
	if (error && error != EINPROGRESS) {
		end_stream(stream, error);
		return NULL;
	}
	/* Not before: it would be woken for a socket that does nothing, and asking that for its error clears it. */
	watch(epoll, stream);
	return stream;
}

struct stream *take_stream(int epoll, int fd, const struct plan *plan)
{
	struct stream *stream = make_stream(fd, plan);

	name_ends(&stream->fact, fd);
	watch(epoll, stream);
	return stream;
}

void end_stream(struct stream *stream, int error)
{
	struct linger at_once = { .l_onoff = 1 };

	stream->fact.error = error;
	stream->fact.retransmits = retransmits_of(stream->fd, stream->plan->protocol);
	if (stream->plan->ending == END_RESET)
		setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (stream->plan->ending == END_KILLED) {
		stream->fact.end = milliseconds_now();
		tell_end(&stream->fact);
		raise(SIGKILL);
	}
	close(stream->fd);
	stream->fact.end = milliseconds_now();
	tell_end(&stream->fact);
	unlink_stream(stream);
	free(stream);
}

void end_all_streams(void)
{
	while (living)
		end_stream(living, 0);
}

/* The error of a failed call that is not over for now only. */
static int final_error(void)
{
	return errno == EAGAIN || errno == EINTR ? 0 : errno;
}

static int read_all(struct stream *stream)
{
	static _Thread_local char data[CHUNK];

	while (!stream->read_ended) {
		ssize_t n = recv(stream->fd, data, sizeof(data), 0);

		if (n < 0)
			return final_error();
		stream->fact.received += n;
		stream->read_ended = n == 0;
	}
	return 0;
}

static int write_all(struct stream *stream)
{
	static _Thread_local char data[CHUNK];

	/* Characters, for shells. */
	if (!data[0])
		memset(data, 'x', sizeof(data));
	while (stream->left > 0) {
		ssize_t n = send(stream->fd, data, stream->left < CHUNK ? stream->left : CHUNK, MSG_NOSIGNAL);

		if (n < 0)
			return final_error();
		stream->fact.sent += n;
		stream->left -= n;
	}
	if (stream->plan->receive < 0 && !stream->write_ended) {
		stream->write_ended = true;
		if (shutdown(stream->fd, SHUT_WR))
			return errno;
	}
	return 0;
}

static int socket_error(const struct stream *stream)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		die("SO_ERROR");
	return error;
}

static int connected(struct stream *stream)
{
	int error = socket_error(stream);
	struct endpoint peer = { .length = sizeof(peer.room) };
	if (!error && getpeername(stream->fd, &peer.any, &peer.length))
		return 0;
	stream->connecting = false;
	stream->fact.connecting_ms = milliseconds_now() - stream->fact.begin;
	return error;
}

static bool is_over(const struct stream *stream)
{
	const struct plan *plan = stream->plan;
	int unread = 0;

	if (plan->ending == END_BROKEN)
		return false;
	if (plan->ending == END_UNREAD)
		return stream->left == 0 && !ioctl(stream->fd, FIONREAD, &unread) && unread > 0;
	if (plan->receive < 0)
		return stream->read_ended && stream->write_ended;
	return stream->left == 0 && (stream->read_ended || stream->fact.received >= plan->receive);
}

bool advance(struct stream *stream)
{
	const struct plan *plan = stream->plan;
	int error = stream->connecting ? connected(stream) : 0;

	if (!error && stream->connecting)
		return false;
	if (!error && plan->ending != END_UNREAD)
		error = read_all(stream);
	if (!error && (!plan->answer || stream->read_ended)) {
		if (plan->answer && stream->left == plan->send)
			usleep(plan->pause * 1000);
		error = write_all(stream);
	}
	if (!error && plan->ending == END_BROKEN)
		error = socket_error(stream);
	if (!error && !is_over(stream))
		return false;
	end_stream(stream, error);
	return true;
}

void run_streams(int epoll, int count)
{
	struct epoll_event events[EVENTS];

	while (count > 0) {
		int ready = epoll_wait(epoll, events, EVENTS, -1);

		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++)
			count -= advance(events[i].data.ptr);
	}
}
