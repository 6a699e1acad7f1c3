#include "endpoint.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "arguments.h"

struct endpoint endpoint_of(const char *address, int port)
{
	struct endpoint e = { .length = sizeof(e.v4) };

	if (inet_pton(AF_INET, address, &e.v4.sin_addr) == 1) {
		e.v4.sin_family = AF_INET;
		e.v4.sin_port = htons(port);
		return e;
	}
	if (inet_pton(AF_INET6, address, &e.v6.sin6_addr) != 1) {
		errno = EINVAL;
		die(address);
	}
	e.v6.sin6_family = AF_INET6;
	e.v6.sin6_port = htons(port);
	e.length = sizeof(e.v6);
	return e;
}

int port_of(const struct endpoint *endpoint)
{
	return ntohs(endpoint->any.sa_family == AF_INET ? endpoint->v4.sin_port : endpoint->v6.sin6_port);
}

void write_address(const struct endpoint *endpoint, char *out)
{
	const struct in6_addr *v6 = &endpoint->v6.sin6_addr;

	out[0] = 0;
	if (endpoint->any.sa_family == AF_INET)
		inet_ntop(AF_INET, &endpoint->v4.sin_addr, out, INET6_ADDRSTRLEN);
	else if (endpoint->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(v6))
		inet_ntop(AF_INET, &v6->s6_addr[12], out, INET6_ADDRSTRLEN);
	else if (endpoint->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, v6, out, INET6_ADDRSTRLEN);
}
