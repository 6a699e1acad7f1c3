#define _GNU_SOURCE
#include "fact.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "arguments.h"
#include "place.h"

/* Who this thread is, in the ids of the host's own namespaces. */
struct teller {
	int pid, tid, parent;
	char exe[PATH_MAX], parent_exe[PATH_MAX];
	bool deleted;
	unsigned long netns;
};

double milliseconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

struct fact begin_fact(int fd, int protocol)
{
	struct fact fact = { .protocol = protocol, .begin = milliseconds_now(), .connecting_ms = -1, .retransmits = -1 };
	socklen_t length = sizeof(fact.cookie);

	if (getsockopt(fd, SOL_SOCKET, SO_COOKIE, &fact.cookie, &length))
		die("SO_COOKIE");
	return fact;
}

void name_ends(struct fact *fact, int fd)
{
	fact->local.length = fact->remote.length = sizeof(fact->local.room);
	if (getsockname(fd, &fact->local.any, &fact->local.length))
		die("getsockname");
	if (getpeername(fd, &fact->remote.any, &fact->remote.length))
		fact->remote.any.sa_family = AF_UNSPEC;
}

/* The target of a link below the host's /proc; false when it may not be read. */
static bool read_link(const char *name, char out[PATH_MAX])
{
	ssize_t length = readlinkat(host_proc(), name, out, PATH_MAX - 1);

	out[length > 0 ? length : 0] = 0;
	return length > 0;
}

static void read_parent(struct teller *teller)
{
	char stat[512], link[64];
	int file = openat(host_proc(), "self/stat", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(file, stat, sizeof(stat) - 1);
	const char *after_name;

	close(file);
	stat[length > 0 ? length : 0] = 0;
	/* proc(5): pid (name) state ppid; the name may have anything in it. */
	after_name = strrchr(stat, ')');
	if (!after_name || sscanf(after_name + 1, " %*c %d", &teller->parent) != 1)
		die("/proc/self/stat");
	snprintf(link, sizeof(link), "%d/exe", teller->parent);
	read_link(link, teller->parent_exe);
}

static void read_self(struct teller *teller)
{
	static const char deleted[] = " (deleted)";
	char link[PATH_MAX];
	struct stat netns;

	if (!read_link("thread-self", link) || sscanf(link, "%d/task/%d", &teller->pid, &teller->tid) != 2)
		die("/proc/thread-self");
	if (!read_link("self/exe", teller->exe) || fstatat(host_proc(), "thread-self/ns/net", &netns, 0))
		die("/proc/self");
	teller->netns = netns.st_ino;
	size_t length = strlen(teller->exe), tail = sizeof(deleted) - 1;
	teller->deleted = length > tail && !strcmp(teller->exe + length - tail, deleted);
	if (teller->deleted)
		teller->exe[length - tail] = 0;
	read_parent(teller);
}

/* A JSON string; the self-test chose the paths, so that only quotes and backslashes can be amiss in them. */
static int append_string(char *out, size_t room, const char *value)
{
	size_t used = 0;

	for (const char *c = value; *c && used + 3 < room; c++) {
		if (*c == '"' || *c == '\\')
			out[used++] = '\\';
		out[used++] = *c;
	}
	out[used] = 0;
	return used;
}

/* One write: lines of processes and threads that share the output never mix (at most PIPE_BUF, pipe(7)). */
static void say(const char *line, size_t length)
{
	if (length >= PIPE_BUF || write(STDOUT_FILENO, line, length) != (ssize_t)length)
		_exit(1);
}

static void tell(const char *kind, const struct fact *fact)
{
	static _Thread_local struct teller teller;
	char line[PIPE_BUF], exe[PIPE_BUF / 3], parent_exe[PIPE_BUF / 3];
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];
	/* In a user namespace of its own a process sees ids from 0. */
	long user_base = number("user-namespace", 0);

	read_self(&teller);
	append_string(exe, sizeof(exe), teller.exe);
	append_string(parent_exe, sizeof(parent_exe), teller.parent_exe);
	write_address(&fact->local, local);
	write_address(&fact->remote, remote);
	int length = snprintf(line, sizeof(line),
		"{\"%s\":{\"pid\":%d,\"tid\":%d,\"uid\":%ld,\"gid\":%ld,\"exe\":\"%s\",\"deleted\":%s,"
		"\"parent\":%d,\"parentExe\":\"%s\",\"netns\":%lu,\"protocol\":%d,\"cookie\":%llu,"
		"\"local\":\"%s\",\"localPort\":%d,\"remote\":\"%s\",\"remotePort\":%d,"
		"\"sent\":%ld,\"received\":%ld,\"packetsSent\":%ld,\"packetsReceived\":%ld,"
		"\"begin\":%.6f,\"end\":%.6f,\"connectingMs\":%.6f,\"error\":%d,\"retransmits\":%ld}}\n",
		kind, teller.pid, teller.tid, user_base + getuid(), user_base + getgid(), exe,
		teller.deleted ? "true" : "false", teller.parent, parent_exe, teller.netns, fact->protocol,
		(unsigned long long)fact->cookie, local, port_of(&fact->local), remote, port_of(&fact->remote), fact->sent,
		fact->received, fact->packets_sent, fact->packets_received, fact->begin, fact->end,
		fact->connecting_ms, fact->error, fact->retransmits);
	say(line, length);
}

void tell_end(const struct fact *fact)
{
	tell("end", fact);
}

void tell_earlier(const struct fact *fact)
{
	tell("earlier", fact);
}

void tell_ready(int port)
{
	char line[64];

	say(line, snprintf(line, sizeof(line), "{\"ready\":%d}\n", port));
}

void tell_impossible(const char *what)
{
	char line[256];

	say(line, snprintf(line, sizeof(line), "{\"impossible\":\"%s: %s\"}\n", what, strerror(errno)));
	exit(0);
}

void wait_for_line(void)
{
	static const char waiting[] = "{\"waiting\":true}\n";
	char byte = 0;

	say(waiting, sizeof(waiting) - 1);
	while (byte != '\n')
		if (read(STDIN_FILENO, &byte, 1) != 1)
			exit(1);
}
