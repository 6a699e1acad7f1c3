#include "plain_packet.h"

#include <algorithm>
#include <cstring>

namespace {

constexpr size_t kIpv4Header = 20;
constexpr size_t kIpv6Header = 40;
constexpr size_t kTcpHeader = 20;
constexpr size_t kUdpHeader = 8;
constexpr uint8_t kTimeToLive = 64;

void put16(uint8_t* to, uint32_t value) {
  to[0] = static_cast<uint8_t>(value >> 8);
  to[1] = static_cast<uint8_t>(value);
}

void put32(uint8_t* to, uint32_t value) {
  put16(to, value >> 16);
  put16(to + 2, value);
}

size_t write_ip(const FlowTuple& tuple, size_t behind, uint8_t* to) {
  const bool is_ipv4 = tuple.ip_version == 4;
  const size_t length = is_ipv4 ? kIpv4Header : kIpv6Header;
  memset(to, 0, length);
  if (is_ipv4) {
    to[0] = 0x45;
    put16(to + 2, static_cast<uint32_t>(length + behind));
    to[8] = kTimeToLive;
    to[9] = tuple.protocol;
    // The last four bytes of an IPv4-mapped address.
    memcpy(to + 12, tuple.source.bytes + 12, 4);
    memcpy(to + 16, tuple.destination.bytes + 12, 4);
  } else {
    to[0] = 0x60;
    put16(to + 4, static_cast<uint32_t>(behind));
    to[6] = tuple.protocol;
    to[7] = kTimeToLive;
    memcpy(to + 8, tuple.source.bytes, ADDRESS_LENGTH);
    memcpy(to + 24, tuple.destination.bytes, ADDRESS_LENGTH);
  }
  return length;
}

}  // namespace

size_t write_plain_packet(const Packet& packet, uint8_t* to) {
  const size_t payload = std::min(packet.payload.size(), kMostPayload);
  const size_t header = packet.has_tcp ? kTcpHeader : kUdpHeader;
  uint8_t* transport = to + write_ip(packet.tuple, header + payload, to);
  memset(transport, 0, header);
  put16(transport, packet.tuple.source_port);
  put16(transport + 2, packet.tuple.destination_port);
  if (packet.has_tcp) {
    put32(transport + 4, packet.sequence);
    put32(transport + 8, packet.acknowledgment);
    transport[12] = (kTcpHeader / 4) << 4;
    transport[13] = packet.tcp_flags;
    put16(transport + 14, packet.window);
  } else {
    put16(transport + 4, static_cast<uint32_t>(header + payload));
  }
  memcpy(transport + header, packet.payload.data(), payload);
  return static_cast<size_t>(transport - to) + header + payload;
}
