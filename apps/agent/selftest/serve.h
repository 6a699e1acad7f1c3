/* Servers of stream conversations. */
#ifndef TRAFFIC_SERVE_H
#define TRAFFIC_SERVE_H

#include "stream.h"

/* A socket at address= and `port`, listening when `backlog` is positive. */
int bound_stream(const struct plan *plan, int port, int backlog);
/* The port that a socket is bound to. */
int bound_port(int fd);
/* Accepts whoever comes and follows the plan, until standard input ends. */
void serve_until_end(int listener, const struct plan *plan);

#endif
