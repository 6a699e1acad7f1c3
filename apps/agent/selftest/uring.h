/* The three calls of a TCP client, made by io_uring. */
#ifndef TRAFFIC_URING_H
#define TRAFFIC_URING_H

#include <sys/socket.h>
#include <sys/types.h>

/* `way`: see ways.h. Says `impossible` and ends where the kernel has no io_uring, or does not allow it. */
void open_ring(const char *way);
/* As connect(2), send(2) and recv(2), but negative results are errors themselves. */
int ring_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t ring_send(int fd, const void *data, size_t length);
ssize_t ring_receive(int fd, void *data, size_t length);

#endif
