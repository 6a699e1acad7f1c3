/* What a container's runtime does to a process. */
#ifndef TRAFFIC_CONTAINER_H
#define TRAFFIC_CONTAINER_H

/*
 * Goes on as another program, a copy of this one at /contained, in a mount and a process namespace of its own whose
 * root is a tmpfs at `root`. The calling process waits for its end and ends with it.
 */
void enter_container(const char *root, const char *mode) __attribute__((noreturn));

#endif
