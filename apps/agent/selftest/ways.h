/* Conversations made with other calls than send() and recv(): way=NAME. */
#ifndef TRAFFIC_WAYS_H
#define TRAFFIC_WAYS_H

#include "stream.h"

/*
 * One conversation on a new socket, sending first, then receiving. Ways: sendfile, splice, zerocopy, steps, drip,
 * uring, uring-worker (each operation in a worker thread of io_uring), uring-poll (a kernel thread submits).
 */
void talk(int fd, const struct endpoint *to, const struct plan *plan);

#endif
