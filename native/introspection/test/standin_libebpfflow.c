/*
 * Stands in for ntop's library libebpfflow, from what it publishes: the names of its functions, their arguments, and
 * that a callback gets (context, data, size). What it tells is written, line by line, into the file that lies beside it
 * with ".script" behind its name; lines may be added while it runs.
 *
 *   event HEX           hands over these bytes
 *   flood COUNT HEX     hands them over so many times, in one poll
 *   busy                from now on a poll without events returns at once
 *   hang                the poll never returns
 *   endless HEX         the poll never returns, and hands over these bytes all the time
 *   count               how many polls there were is written into "….polls"
 * Read once, by init:
 *   fail CODE           init fails with this code
 *   print TEXT          init prints it on standard output
 *
 * Variants: -DVERSION='"…"' another version, -DWITHOUT_POLL one function is missing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef VERSION
#define VERSION "1.0.1"
#endif
#define PUBLIC __attribute__((visibility("default")))
#define LARGEST_EVENT 4096

typedef void (*handler_function)(void *context, void *data, int size);

struct standin {
	void *context;
	handler_function handler;
	FILE *script;
	char path[4096];
	int busy;
	unsigned polls;
};

static void script_path(char *path, size_t size, const char *ending)
{
	Dl_info self;

	dladdr((void *)script_path, &self);
	snprintf(path, size, "%s%s", self.dli_fname, ending);
}

static int bytes_of(const char *hex, unsigned char *bytes)
{
	int size = 0;

	while (size < LARGEST_EVENT && sscanf(hex + 2 * size, "%2hhx", &bytes[size]) == 1)
		size++;
	return size;
}

static void hand_over(struct standin *standin, const char *hex, long count)
{
	unsigned char bytes[LARGEST_EVENT];
	int size = bytes_of(hex, bytes);

	for (long i = 0; count < 0 || i < count; i++)
		standin->handler(standin->context, bytes, size);
}

/* Returns the number of events. */
static int perform(struct standin *standin, char *line)
{
	char *rest = strchr(line, ' ');

	rest = rest ? rest + 1 : line + strlen(line);
	if (!strncmp(line, "event ", 6)) {
		hand_over(standin, rest, 1);
		return 1;
	}
	if (!strncmp(line, "flood ", 6)) {
		long count = strtol(rest, &rest, 10);

		hand_over(standin, rest + 1, count);
		return 1;
	}
	if (!strncmp(line, "endless ", 8))
		hand_over(standin, rest, -1);
	if (!strncmp(line, "hang", 4))
		for (;;)
			pause();
	if (!strncmp(line, "busy", 4))
		standin->busy = 1;
	if (!strncmp(line, "count", 5)) {
		char path[4096 + 16];
		FILE *file;

		script_path(path, sizeof path, ".polls");
		file = fopen(path, "w");
		if (file) {
			fprintf(file, "%u", standin->polls);
			fclose(file);
		}
	}
	return 0;
}

PUBLIC void *init_ebpf_flow(void *context, handler_function handler, int *error, uint16_t flags)
{
	struct standin *standin = calloc(1, sizeof *standin);
	char *line = NULL;
	size_t size = 0;

	(void)flags;
	*error = 0;
	standin->context = context;
	standin->handler = handler;
	script_path(standin->path, sizeof standin->path, ".script");
	standin->script = fopen(standin->path, "r");
	while (standin->script && getline(&line, &size, standin->script) > 0) {
		if (!strncmp(line, "print ", 6))
			fputs(line + 6, stdout);
		if (!strncmp(line, "fail ", 5))
			*error = atoi(line + 5);
	}
	free(line);
	if (standin->script)
		rewind(standin->script);
	if (*error == 0)
		return standin;
	free(standin);
	return NULL;
}

#ifndef WITHOUT_POLL
PUBLIC void ebpf_poll_event(void *handle, unsigned ms_timeout)
{
	struct standin *standin = handle;
	char *line = NULL;
	size_t size = 0;
	int events = 0;

	standin->polls++;
	for (;;) {
		long at = standin->script ? ftell(standin->script) : 0;
		ssize_t length = standin->script ? getline(&line, &size, standin->script) : -1;

		/* A line without its end is still being written. */
		if (length > 0 && line[length - 1] == '\n') {
			line[length - 1] = '\0';
			events += perform(standin, line);
			continue;
		}
		if (standin->script) {
			clearerr(standin->script);
			fseek(standin->script, at, SEEK_SET);
		}
		break;
	}
	free(line);
	if (events == 0 && !standin->busy)
		usleep(ms_timeout * 1000);
}
#endif

PUBLIC void term_ebpf_flow(void *handle)
{
	struct standin *standin = handle;
	char path[4096 + 16];
	FILE *file;

	script_path(path, sizeof path, ".terminated");
	file = fopen(path, "w");
	if (file)
		fclose(file);
	if (standin->script)
		fclose(standin->script);
	free(standin);
}

PUBLIC void ebpf_preprocess_event(void *event)
{
	(void)event;
}

PUBLIC void ebpf_free_event(void *event)
{
	(void)event;
}

PUBLIC const char *ebpf_print_error(int error)
{
	return error == 4 ? "ebpf_kprobe_attach_error" : "ebpf_initialization_failed";
}

PUBLIC const char *ebpf_flow_version(void)
{
	return VERSION;
}
