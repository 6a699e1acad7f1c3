/* Makes each frame that it is given one of some flow, either way, and sends it out by a device. See packet-sender.c. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 flows = 1;
const volatile __u32 device = 0;
__u32 sent;

SEC("xdp")
int send_frame(struct xdp_md *context)
{
	void *end = (void *)(long)context->data_end;
	struct ethhdr *link = (void *)(long)context->data;
	struct iphdr *ip = (void *)(link + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	/* The golden ratio's bits spread what is counted over all flows. */
	__u32 mixed = sent++ * 2654435761u;
	__u32 flow = (mixed >> 1) % flows;
	__u32 client = bpf_htonl(0x0a000000 | flow), server = bpf_htonl(0xc6120000 | (flow & 1023));
	__u16 port = bpf_htons(32768 + (flow & 8191)), service = bpf_htons(443);
	int is_answer = mixed & 1;

	if ((void *)(tcp + 1) > end)
		return XDP_ABORTED;
	ip->saddr = is_answer ? server : client;
	ip->daddr = is_answer ? client : server;
	tcp->source = is_answer ? service : port;
	tcp->dest = is_answer ? port : service;
	tcp->seq = bpf_htonl(sent);
	return bpf_redirect(device, 0);
}

char LICENSE[] SEC("license") = "GPL";
