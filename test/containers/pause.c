/* Holds a pod's namespaces open, as the pause program of Kubernetes does. */
#include <signal.h>
#include <unistd.h>

static void leave(int signal)
{
	(void)signal;
	_exit(0);
}

int main(void)
{
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	/* As the first process of a pod it gets the orphans; the kernel takes those away whose parent does not care. */
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		pause();
}
