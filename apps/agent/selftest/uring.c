#define _GNU_SOURCE
#include "uring.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "fact.h"

enum { ENTRIES = 4, POLLER_IDLE_MS = 100 };

/* The parts of the rings that are shared with the kernel (io_uring(7)). */
static struct {
	int fd;
	uint8_t entry_flags;
	unsigned int setup_flags;
	unsigned int *submission_tail, *submission_mask, *submission_flags, *submission_array;
	unsigned int *completion_head, *completion_tail, *completion_mask;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *completions;
} ring;

static void *map(size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring.fd, offset);

	if (memory == MAP_FAILED)
		die("mmap of io_uring");
	return memory;
}

void open_ring(const char *way)
{
	struct io_uring_params params = { 0 };

	if (!strcmp(way, "uring-worker"))
		ring.entry_flags = IOSQE_ASYNC;
	if (!strcmp(way, "uring-poll")) {
		params.flags = IORING_SETUP_SQPOLL;
		params.sq_thread_idle = POLLER_IDLE_MS;
	}
	ring.setup_flags = params.flags;
	ring.fd = syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring.fd < 0)
		tell_impossible("io_uring_setup");

	char *submissions = map(params.sq_off.array + params.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	char *completions = map(params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);

	ring.entries = map(params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring.submission_tail = (void *)(submissions + params.sq_off.tail);
	ring.submission_mask = (void *)(submissions + params.sq_off.ring_mask);
	ring.submission_flags = (void *)(submissions + params.sq_off.flags);
	ring.submission_array = (void *)(submissions + params.sq_off.array);
	ring.completion_head = (void *)(completions + params.cq_off.head);
	ring.completion_tail = (void *)(completions + params.cq_off.tail);
	ring.completion_mask = (void *)(completions + params.cq_off.ring_mask);
	ring.completions = (void *)(completions + params.cq_off.cqes);
}

static void enter(unsigned int submit, unsigned int flags)
{
	while (syscall(SYS_io_uring_enter, ring.fd, submit, 1, flags, NULL, 0) < 0)
		if (errno != EINTR)
			die("io_uring_enter");
}

/* Submits one entry and waits for its result. */
static int run(struct io_uring_sqe entry)
{
	unsigned int tail = *ring.submission_tail, slot = tail & *ring.submission_mask;

	entry.flags = ring.entry_flags;
	ring.entries[slot] = entry;
	ring.submission_array[slot] = slot;
	__atomic_store_n(ring.submission_tail, tail + 1, __ATOMIC_SEQ_CST);
	if (!(ring.setup_flags & IORING_SETUP_SQPOLL))
		enter(1, IORING_ENTER_GETEVENTS);
	else if (__atomic_load_n(ring.submission_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
		enter(1, IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP);

	unsigned int head = *ring.completion_head;
	while (__atomic_load_n(ring.completion_tail, __ATOMIC_ACQUIRE) == head)
		enter(0, IORING_ENTER_GETEVENTS);
	int result = ring.completions[head & *ring.completion_mask].res;

	__atomic_store_n(ring.completion_head, head + 1, __ATOMIC_RELEASE);
	return result;
}

int ring_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return run((struct io_uring_sqe){
		.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)address, .off = length });
}

ssize_t ring_send(int fd, const void *data, size_t length)
{
	return run((struct io_uring_sqe){
		.opcode = IORING_OP_SEND, .fd = fd, .addr = (uintptr_t)data, .len = length, .msg_flags = MSG_NOSIGNAL });
}

ssize_t ring_receive(int fd, void *data, size_t length)
{
	return run((struct io_uring_sqe){
		.opcode = IORING_OP_RECV, .fd = fd, .addr = (uintptr_t)data, .len = length });
}
