/*
 * What libpcap alone takes to hand over the packets of a file: each one's length is added up, and no more.
 *
 *   packet-count FILE
 */
#include <pcap/pcap.h>
#include <stdio.h>

static void add(u_char *sum, const struct pcap_pkthdr *header, const u_char *bytes)
{
	*(unsigned long *)sum += header->len + bytes[0];
}

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE] = "usage: packet-count FILE";
	pcap_t *file = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	unsigned long sum = 0;

	if (file == NULL || pcap_loop(file, -1, add, (u_char *)&sum) < 0) {
		fprintf(stderr, "%s\n", file == NULL ? error : pcap_geterr(file));
		return 1;
	}
	printf("%lu\n", sum);
	pcap_close(file);
	return 0;
}
