/* Addresses of sockets. */
#ifndef TRAFFIC_ENDPOINT_H
#define TRAFFIC_ENDPOINT_H

#include <netinet/in.h>
#include <sys/socket.h>

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage room;
	};
	socklen_t length;
};

/* From `address` and a port in host byte order; ends the program when it is no address. */
struct endpoint endpoint_of(const char *address, int port);
int port_of(const struct endpoint *endpoint);
/* As events write it: IPv4-mapped IPv6 as IPv4. `out` has INET6_ADDRSTRLEN bytes. */
void write_address(const struct endpoint *endpoint, char *out);

#endif
