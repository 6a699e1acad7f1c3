/** Ports and what else the transport's header says. */
#include "layers.h"

namespace {

/** ICMP (RFC 792): unreachable, source quench, redirect, time exceeded, parameter problem. */
bool is_icmp_error(uint8_t type) { return type == 3 || type == 4 || type == 5 || type == 11 || type == 12; }
/** ICMPv6 (RFC 4443 2.1): unreachable, too big, time exceeded, parameter problem. */
bool is_icmp6_error(uint8_t type) { return type >= 1 && type <= 4; }

decode_problem lacks(const Rest& rest, size_t needed) {
  return rest.lacks(needed, CUT_TRANSPORT, MALFORMED_TRANSPORT);
}

bool has_ports(uint8_t protocol) {
  switch (protocol) {
    case protocol::kTcp:
    case protocol::kUdp:
    case protocol::kDccp:
    case protocol::kSctp:
    case protocol::kUdpLite:
      return true;
    default:
      return false;
  }
}

void set_payload(Rest rest, uint32_t header_length, Packet& packet) {
  rest.skip(header_length);
  packet.payload_length = rest.wire_length;
  packet.payload = rest.bytes;
}

/** With the ports alone, when no more was captured or the rest is in another fragment, the packet still belongs to its flow. */
decode_problem read_tcp(const Rest& rest, Packet& packet) {
  if (rest.wire_length < 20 && !packet.is_fragment) return MALFORMED_TRANSPORT;
  if (!rest.bytes.has(20)) return DECODED;
  const uint32_t header_length = (rest.bytes.u8(12) >> 4) * 4;
  if (header_length < 20 || (header_length > rest.wire_length && !packet.is_fragment)) return MALFORMED_TRANSPORT;
  packet.has_tcp = true;
  packet.sequence = rest.bytes.u32(4);
  packet.acknowledgment = rest.bytes.u32(8);
  packet.tcp_flags = rest.bytes.u8(13);
  packet.window = rest.bytes.u16(14);
  set_payload(rest, header_length, packet);
  return DECODED;
}

/** The packet that an ICMP error quotes: its addresses and, as far as they are there, its ports. */
void read_quoted(Rest rest, Packet& packet) {
  Packet quoted = {};
  Depth depth;
  // The quote is cut off anywhere; only its beginning has to be right.
  rest.wire_length = UINT32_MAX;
  if (read_ip(rest, quoted, depth) != DECODED || quoted.is_later_fragment) return;
  if (has_ports(quoted.tuple.protocol)) {
    if (!rest.bytes.has(4)) return;
    quoted.tuple.source_port = rest.bytes.u16(0);
    quoted.tuple.destination_port = rest.bytes.u16(2);
  }
  packet.quoted = quoted.tuple;
  packet.has_quoted = true;
}

decode_problem read_icmp(Rest rest, Packet& packet) {
  if (!rest.bytes.has(4)) return lacks(rest, 4);
  packet.icmp_type = rest.bytes.u8(0);
  packet.icmp_code = rest.bytes.u8(1);
  const bool is_error = packet.tuple.protocol == protocol::kIcmp ? is_icmp_error(packet.icmp_type)
                                                                 : is_icmp6_error(packet.icmp_type);
  if (!is_error || !rest.bytes.has(8)) return DECODED;
  rest.skip(8);
  read_quoted(rest, packet);
  return DECODED;
}

}  // namespace

decode_problem read_transport(Rest rest, Packet& packet) {
  packet.tuple.source_port = 0;
  packet.tuple.destination_port = 0;
  packet.has_tcp = false;
  packet.has_quoted = false;
  packet.tcp_flags = 0;
  packet.icmp_type = 0;
  packet.icmp_code = 0;
  packet.payload_length = 0;
  packet.payload = Bytes();
  if (packet.is_later_fragment) return DECODED;

  const uint8_t carried = packet.tuple.protocol;
  if (carried == protocol::kIcmp || carried == protocol::kIcmp6) return read_icmp(rest, packet);
  if (!has_ports(carried)) return DECODED;
  if (!rest.bytes.has(4)) return lacks(rest, 4);
  packet.tuple.source_port = rest.bytes.u16(0);
  packet.tuple.destination_port = rest.bytes.u16(2);
  if (carried == protocol::kTcp) return read_tcp(rest, packet);
  if (carried == protocol::kUdp) {
    if (rest.wire_length < 8 && !packet.is_fragment) return MALFORMED_TRANSPORT;
    set_payload(rest, 8, packet);
  }
  return DECODED;
}
