/* Where a program runs, and as whom: control group, namespaces, user. */
#ifndef TRAFFIC_PLACE_H
#define TRAFFIC_PLACE_H

/*
 * Goes to where the arguments say: cgroup=DIR, netns=FILE, user-namespace=BASE, container=DIR, uid=N, exec=PROGRAM.
 * Comes back in the process that shall do the work, which may be another than the one that called.
 */
void take_place(const char *mode);
/* Arguments of what has been done then, not to be given to the next program; ends with NULL. */
extern const char *const placed[];
/* The host's /proc as a directory, also inside a container: what it says are the host's own process ids. */
int host_proc(void);
/* fork() whose child ends with its parent and lives no longer than life=SECONDS. */
int fork_bounded(void);
/* Each ends the program, with the child's status, when a child has failed. */
void wait_for_child(int pid);
void wait_for_any_child(void);
void wait_for_all_children(void);
/* The path of this program. */
const char *own_path(void);
/* Replaces this process; ends it with status 1 when that cannot be. */
void become(char **arguments) __attribute__((noreturn));

#endif
