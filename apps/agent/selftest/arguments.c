#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const known[] = {
	/* where and as whom; place.c */
	"cgroup", "netns", "uid", "user-namespace", "container", "exec", "proc-fd", "life",
	/* whom to talk to */
	"address", "port", "bind-port", "protocol", "interface", "mac",
	/* how much, how */
	"send", "receive", "count", "processes", "size", "window", "rounds", "workers", "parallel", "way", "gap", "steps",
	"end", "answer", "pause", "connected", "kind", "fork", "pass", "worker", "fd", "wait", "expect",
	/* TCP's own */
	"syn-count", "user-timeout", "abort-after", "send-buffer", "until-retransmits", "backlog",
};

static int words;
static char **word;

static size_t name_length(const char *argument)
{
	return strcspn(argument, "=");
}

static bool is_named(const char *argument, const char *name)
{
	return strlen(name) == name_length(argument) && !strncmp(argument, name, strlen(name));
}

void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(1);
}

void read_arguments(int argc, char **argv)
{
	words = argc;
	word = argv;
	for (int i = 0; i < argc; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof(known) / sizeof(*known) && !found; k++)
			found = strchr(argv[i], '=') && is_named(argv[i], known[k]);
		if (!found) {
			fprintf(stderr, "traffic: unknown argument %s\n", argv[i]);
			exit(2);
		}
	}
}

const char *text(const char *name, const char *otherwise)
{
	for (int i = 0; i < words; i++)
		if (is_named(word[i], name))
			return word[i] + strlen(name) + 1;
	return otherwise;
}

long number(const char *name, long otherwise)
{
	const char *value = text(name, NULL);

	return value ? strtol(value, NULL, 10) : otherwise;
}

bool is(const char *name, const char *value)
{
	return !strcmp(text(name, ""), value);
}

char **arguments_for(const char *program, const char *mode, const char *const *without, const char *extra)
{
	char **made = calloc(words + 4, sizeof(*made));
	int used = 0;

	if (!made)
		die("calloc");
	made[used++] = (char *)program;
	made[used++] = (char *)mode;
	for (int i = 0; i < words; i++) {
		bool left_out = false;

		for (const char *const *name = without; *name && !left_out; name++)
			left_out = is_named(word[i], *name);
		if (!left_out)
			made[used++] = word[i];
	}
	if (extra)
		made[used++] = (char *)extra;
	return made;
}
