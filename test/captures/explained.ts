/** Differences from Wireshark that are understood. What is not in this list fails, and so does what is not needed in it. */

export interface Explanation {
  readonly files: RegExp;
  readonly difference: RegExp;
  readonly reason: string;
}

const EVERYWHERE = /./;

export const EXPLAINED: readonly Explanation[] = [
  // Files and links.
  {
    files: /^libpcap\/tests\/pcap-invalid-version-2\.pcap$/,
    difference: /unsupported pcap savefile version 2\.5/,
    reason: 'There is no version 2.5 of the format, and libpcap, which reads it for us, refuses it.',
  },
  {
    files:
      /^tcpdump\/tests\/(brcm-tag|e?dsa|frf16_magic_ie|hoobr_juniper3|juniper_es|kday6|vtp_asan).*\.pcap$/,
    difference: /^Wireshark does not read it$/,
    reason: 'Wireshark refuses links that it has no dissector for; we read and count the packets.',
  },
  {
    files: /^tcpdump\/tests\/802_15_4-data\.pcap$/,
    difference: /wpan:6lowpan:ipv6/,
    reason: 'IEEE 802.15.4 compresses the headers of IPv6, and sensors are not what this is for.',
  },

  // Headers that break off or contradict themselves: counted by reason, and in no flow.
  {
    files: /^tcpdump\/tests\/(extract_read2_asan|icmp-icmp_print-oobr-\d|ip_ts_opts_asan)\.pcap$/,
    difference: /only Wireshark’s: 1 .*:icmp\)$/,
    reason: 'The packet ends before the header of ICMP does.',
  },
  {
    files: /^tcpdump\/tests\/icmpv6-length-zero\.pcapng$/,
    difference: /only Wireshark’s: 58 /,
    reason: 'IPv6 says that it carries nothing, so there is no ICMPv6.',
  },
  {
    files: /^tcpdump\/tests\/ip_printroute_asan\.pcap$/,
    difference: /only Wireshark’s: 17 /,
    reason: 'A later fragment whose header of IP was not captured whole.',
  },
  {
    files: /^tcpdump\/tests\/(ipv6-next-header-oobr-\d|ipv6-rthdr-oobr|ipv6hdr-heapoverflow)\.pcap$/,
    difference: /only Wireshark’s: \d+ 3030:/,
    reason: 'An extension header was not captured whole, so nobody knows what is carried.',
  },
  {
    files: /^tcpdump\/tests\/heapoverflow-ip_demux_print\.pcap$/,
    difference: /only Wireshark’s: 51 /,
    reason: 'The authentication header was not captured whole, so nobody knows what is carried.',
  },
  {
    files: /^tcpdump\/tests\/ipv6-too-long-jumbo\.pcap$/,
    difference: /1\/476 .* 1\/40 /,
    reason:
      'The length of a jumbogram is in its option, and Wireshark’s field is that of the header, which is 0.',
  },
  {
    files: /^ndpi\/tests\/pcap\/(kerberos_fuzz|reasm_crash_anon)\.pcapng$/,
    difference: /^(conversation|tcp): /,
    reason: 'Segments whose header says that it is shorter than any are malformed.',
  },
  {
    files: /^ndpi\/tests\/pcap\/fuzz-\d+-\d+-\d+-\d+\.pcap$/,
    difference: /^(conversation|tcp|handshake|name): /,
    reason:
      'Random bytes were changed. Segments and datagrams shorter than their headers are malformed; Wireshark gives ' +
      'a protocol number without a name no number, and takes headers of IPv6 for those of IPv4’s.',
  },
  {
    files: /^ndpi\/tests\/pcap\/ip_fragmented_garbage\.pcap$/,
    difference: /^(conversation|tcp): /,
    reason: 'First fragments with half a header of TCP: Wireshark reads flags from behind them, we nothing.',
  },

  // What a flow is (decision 19).
  {
    files: /^ndpi\/tests\/pcap\/vnc\.pcap$/,
    difference: /1 connections, Wireshark’s .* 2 connections/,
    reason: 'Wireshark’s dissector of VNC begins another stream in the middle of a connection.',
  },
  {
    files: /^ndpi\/tests\/pcap\/rtsp\.pcap$/,
    difference: /2 connections, Wireshark’s .* 1 connections|^tcp: again: /,
    reason:
      'A SYN that is sent again after it was refused is another attempt, with the same sequence number.',
  },
  {
    files: /^tcpdump\/tests\/kday3\.pcap$/,
    difference: /2 connections, Wireshark’s .* 1 connections/,
    reason: 'The clock goes on by 24 days between two packets, and no flow lives on after so long a silence.',
  },
  {
    files: /^ndpi\/tests\/pcap\/mongodb\.pcap$/,
    difference: /^(tcp|handshake): /,
    reason: 'Seen in two VLANs: two flows for us, and each packet twice for Wireshark.',
  },

  // What is seen of TCP from between its ends.
  {
    files: /^ndpi\/tests\/pcap\/ajp\.pcap$/,
    difference: /^tcp: again: /,
    reason: 'Each packet was captured twice, behind different headers and partly out of order.',
  },
  {
    files: /^ndpi\/tests\/pcap\/1kxun\.pcap$/,
    difference: /^tcp: again: /,
    reason: 'A keep-alive is one to us when what it repeats was acknowledged, which was before the capture.',
  },
  {
    files: /^ndpi\/tests\/pcap\/ndpi_match_string_subprotocol__error\.pcapng$/,
    difference: /^tcp: again: /,
    reason: 'Bytes were changed, so that Wireshark takes the one FIN for a fast retransmission.',
  },
  {
    files: /^wireshark\/test\/captures\/retrans-tls\.pcap$/,
    difference: /^tcp: again: /,
    reason: 'A segment repeats a byte and adds others: to us it is sent again, to Wireshark it is new.',
  },
  {
    files: /^tcpdump\/tests\/bgp-as-path-oobr\.pcap$/,
    difference: /^tcp: again: /,
    reason:
      'Bytes were changed: two segments begin before what came, and Wireshark calls one of them illegal instead.',
  },
  {
    files: /^wireshark\/test\/captures\/tcp-badsegments\.pcap$/,
    difference: /^(handshake|name): only ours: /,
    reason: 'Overlapping segments contradict one another. Wireshark takes the bytes that came last, or none.',
  },

  // Names.
  {
    files: EVERYWHERE,
    difference: /^name: only Wireshark’s: http (239\.255\.255\.250|\[FF02::C\]):1900$/,
    reason: 'SSDP looks like HTTP in datagrams; its host is always the same group, which names nobody.',
  },
  {
    files: /^(tcpdump\/tests\/dns_udp_8053|wireshark\/test\/captures\/dns_port)\.pcap$/,
    difference: /^name: only Wireshark’s: dns /,
    reason: 'DNS on other ports than its own: anybody could make up names there.',
  },
  {
    files: /^ndpi\/tests\/pcap\/(malformed_dns|dns-invalid-chars)\.pcap$/,
    difference: /^name: only Wireshark’s: dns /,
    reason:
      'Two questions at once, and characters that no name has: counted as malformed, and not shown to anybody.',
  },
  {
    files: /^ndpi\/tests\/pcap\/(iphone|telegram)\.pcap$/,
    difference: /^name: only (ours|Wireshark’s): dns /,
    reason:
      'Multicast DNS: a question about a service, to which an answer tells the address of the host by its own name.',
  },
  {
    files: /^ndpi\/tests\/pcap\/quic_interop_V\.pcapng$/,
    difference: /^name: only Wireshark’s: quic /,
    reason: 'A version that is reserved for making servers name theirs (RFC 9000 15) has no keys of its own.',
  },
  {
    files: /^ndpi\/tests\/pcap\/rdp\.pcap$/,
    difference: /^name: only ours: tls /,
    reason:
      'TLS in the middle of a connection (RDP): Wireshark’s dissector of what is around it does not hand it on.',
  },
  {
    files: /^ndpi\/tests\/pcap\/teams\.pcap$/,
    difference: /^name: only ours: tls /,
    reason:
      'Wireshark finds it at its first look at the file, and not at the second, with which its columns are filled.',
  },
  {
    files: /^wireshark\/test\/captures\/(challenge01_ooo_stream|tls12-dsb)\.pcapng/,
    difference: /^name: only Wireshark’s: http /,
    reason: 'The keys of TLS are in the file, and Wireshark decrypts with them.',
  },
];
