/*
 * The self-test's traffic: real conversations of every kind, with both ends saying what they themselves know of them.
 *
 *   traffic MODE NAME=VALUE…
 *
 * Modes are in modes.h, arguments in arguments.c, what is said on standard output in fact.h. Servers end when
 * their standard input does. A file that begins with `#!traffic script` is a script: it is run with MODE NAME=VALUE…
 */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "modes.h"
#include "place.h"

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "call", mode_call },
	{ "many", mode_many },
	{ "burst", mode_burst },
	{ "threads", mode_threads },
	{ "swarm", mode_swarm },
	{ "give-up", mode_give_up },
	{ "twice", mode_twice },
	{ "inherit", mode_inherit },
	{ "become", mode_become },
	{ "serve", mode_serve },
	{ "prefork", mode_prefork },
	{ "reuse-port", mode_reuse_port },
	{ "pass", mode_pass },
	{ "work", mode_work },
	{ "work-passed", mode_work_passed },
	{ "datagrams", mode_datagrams },
	{ "serve-datagrams", mode_serve_datagrams },
	{ "inject", mode_inject },
	{ "serve-packets", mode_serve_packets },
};

int main(int argc, char **argv)
{
	/* As an interpreter: argv is interpreter, "script", path of the script, its arguments (execve(2)). */
	int first = argc > 3 && !strcmp(argv[1], "script") ? 3 : 1;

	if (argc <= first)
		return fprintf(stderr, "traffic: say what to be, see modes.h\n"), 2;
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(modes[i].name, argv[first]))
			continue;
		read_arguments(argc - first - 1, argv + first + 1);
		take_place(argv[first]);
		modes[i].run();
		return 0;
	}
	return fprintf(stderr, "traffic: unknown mode %s\n", argv[first]), 2;
}
