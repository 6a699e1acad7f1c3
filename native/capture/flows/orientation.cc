#include "orientation.h"

namespace {

/** Ports that are given to services only (RFC 6335 6), and those from which Linux takes the ones of clients. */
constexpr uint16_t kFirstUserPort = 1024;
constexpr uint16_t kFirstEphemeralPort = 32768;

constexpr uint8_t kEchoReply = 0;
constexpr uint8_t kEchoRequest = 8;
constexpr uint8_t kEcho6Request = 128;
constexpr uint8_t kEcho6Reply = 129;

/** 1: this port is a service's and that one is not; -1: the other way round; 0: nobody knows. */
int service_first(uint16_t one, uint16_t other) {
  constexpr uint16_t kLimits[] = {kFirstUserPort, kFirstEphemeralPort};
  for (const uint16_t limit : kLimits) {
    if (one < limit && other >= limit) return 1;
    if (one >= limit && other < limit) return -1;
  }
  return 0;
}

void set(FlowEntry& flow, int client, orientation how) {
  flow.client = client & 1;
  flow.orientation = how;
}

}  // namespace

void orient(FlowEntry& flow, int direction, const Packet& packet) {
  if (flow.orientation == ORIENTED_HANDSHAKE) return;
  if (packet.has_tcp && (packet.tcp_flags & tcp_flag::kSyn)) {
    set(flow, packet.tcp_flags & tcp_flag::kAck ? 1 - direction : direction, ORIENTED_HANDSHAKE);
    return;
  }
  if (flow.orientation != 0) return;
  const bool is_icmp = packet.tuple.protocol == protocol::kIcmp;
  const bool is_icmp6 = packet.tuple.protocol == protocol::kIcmp6;
  if ((is_icmp && packet.icmp_type == kEchoRequest) || (is_icmp6 && packet.icmp_type == kEcho6Request)) {
    return set(flow, direction, ORIENTED_HANDSHAKE);
  }
  if ((is_icmp && packet.icmp_type == kEchoReply && !packet.is_later_fragment) ||
      (is_icmp6 && packet.icmp_type == kEcho6Reply)) {
    return set(flow, 1 - direction, ORIENTED_HANDSHAKE);
  }
  switch (service_first(packet.tuple.source_port, packet.tuple.destination_port)) {
    case 1:
      return set(flow, 1 - direction, ORIENTED_PORTS);
    case -1:
      return set(flow, direction, ORIENTED_PORTS);
    default:
      return set(flow, direction, ORIENTED_FIRST_PACKET);
  }
}
