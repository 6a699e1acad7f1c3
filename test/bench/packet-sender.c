/*
 * Sends packets of many flows at a steady rate from one end of a veth pair, faster than a socket could: an XDP program
 * is run on frames of its own (bpf(2) BPF_PROG_TEST_RUN, BPF_F_TEST_XDP_LIVE_FRAMES, Linux 5.18) and redirects them.
 *
 *   packet-sender PROGRAM.bpf.o DEVICE PEER PER_SECOND SECONDS FLOWS      prints "packets milliseconds"
 *
 * Begins when a line comes on standard input. The peer is given NAPI, without which veth takes no redirected frames.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TICK_NS = 2000000, PAYLOAD = 100, BATCH = 64 };

struct frame {
	struct ether_header link;
	struct iphdr ip;
	struct tcphdr tcp;
	unsigned char payload[PAYLOAD];
} __attribute__((packed));

static void check(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	exit(1);
}

static long long now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void enable_napi(const char *device)
{
	struct ethtool_value on = { .cmd = ETHTOOL_SGRO, .data = 1 };
	struct ifreq request = { .ifr_data = (void *)&on };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
	check(fd >= 0 && ioctl(fd, SIOCETHTOOL, &request) == 0, "SIOCETHTOOL");
	close(fd);
}

static int load(const char *path, const char *device, unsigned flows)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct { unsigned flows, device; } constants = { flows, if_nametoindex(device) };
	struct bpf_map *map;

	check(object != NULL && constants.device != 0, path);
	map = bpf_object__find_map_by_name(object, ".rodata");
	check(map && !bpf_map__set_initial_value(map, &constants, sizeof(constants)), ".rodata");
	check(!bpf_object__load(object), "loading the program");
	return bpf_program__fd(bpf_object__find_program_by_name(object, "send_frame"));
}

int main(int argc, char **argv)
{
	struct frame frame = {
		/* To nobody here, so that the kernel lets it go at once. */
		.link = { .ether_dhost = { 2, 0, 0, 0, 9, 9 }, .ether_shost = { 2, 0, 0, 0, 9, 8 },
			  .ether_type = __builtin_bswap16(ETHERTYPE_IP) },
		.ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP,
			.tot_len = __builtin_bswap16(sizeof(frame) - sizeof(frame.link)) },
		.tcp = { .doff = 5, .ack = 1, .window = 501 },
	};
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = &frame, .data_size_in = sizeof(frame),
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = BATCH);
	long long start, due, sent = 0, last;
	long per_second = argc == 7 ? atol(argv[4]) : 0, seconds = argc == 7 ? atol(argv[5]) : 0;
	int program;

	if (per_second <= 0 || seconds <= 0 || atol(argv[6]) <= 0) {
		fprintf(stderr, "usage: packet-sender PROGRAM.bpf.o DEVICE PEER PER_SECOND SECONDS FLOWS\n");
		return 2;
	}
	enable_napi(argv[3]);
	program = load(argv[1], argv[2], atol(argv[6]));
	printf("ready\n");
	fflush(stdout);
	check(getchar() != EOF, "nobody says when to begin");
	start = now_ns();
	last = start + seconds * 1000000000LL;
	for (long long now = start; now < last; now = now_ns()) {
		due = (now - start) / 1000 * per_second / 1000000;
		if (due > sent) {
			options.repeat = due - sent;
			check(!bpf_prog_test_run_opts(program, &options), "BPF_PROG_TEST_RUN");
			sent = due;
		} else {
			struct timespec tick = { .tv_nsec = TICK_NS };

			nanosleep(&tick, NULL);
		}
	}
	printf("%lld %lld\n", sent, (now_ns() - start) / 1000000);
	return 0;
}
