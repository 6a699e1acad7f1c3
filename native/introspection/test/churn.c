/* Opens many connections to itself over loopback and closes them all at once, again and again, until it is killed. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	int *ends = calloc(2 * count, sizeof *ends);
	struct rlimit limit = { 2 * count + 100, 2 * count + 100 };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof address;
	struct linger reset = { 1, 0 };
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	setrlimit(RLIMIT_NOFILE, &limit);
	if (bind(listener, (void *)&address, length) || listen(listener, 4096) ||
	    getsockname(listener, (void *)&address, &length)) {
		perror("listen");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		for (int i = 0; i < count; i++) {
			ends[i] = socket(AF_INET, SOCK_STREAM, 0);
			/* Without TIME_WAIT, so that ports last. */
			setsockopt(ends[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
			if (connect(ends[i], (void *)&address, length)) {
				perror("connect");
				return 1;
			}
			ends[count + i] = accept(listener, NULL, NULL);
		}
		for (int i = count - 1; i >= 0; i--) {
			close(ends[i]);
			close(ends[count + i]);
		}
	}
}
