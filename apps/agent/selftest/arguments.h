/* The command line: MODE NAME=VALUE NAME=VALUE … */
#ifndef TRAFFIC_ARGUMENTS_H
#define TRAFFIC_ARGUMENTS_H

#include <stdbool.h>

/* Checks that every argument is NAME=VALUE with a name that is known; ends the program otherwise. */
void read_arguments(int argc, char **argv);
const char *text(const char *name, const char *otherwise);
long number(const char *name, long otherwise);
bool is(const char *name, const char *value);
/* The arguments for another program of this kind, those named in `without` (ended by NULL) left out. */
char **arguments_for(const char *program, const char *mode, const char *const *without, const char *extra);

/* Says on standard error what went wrong with errno, and ends the program with status 1. */
void die(const char *what) __attribute__((noreturn));

#endif
