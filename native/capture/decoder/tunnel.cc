/** Packets inside of packets: IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890, 2637), VXLAN (RFC 7348), Geneve (RFC 8926). */
#include "layers.h"

namespace {

constexpr uint16_t kVxlanPort = 4789;
constexpr uint16_t kGenevePort = 6081;
constexpr uint16_t kPppInGre = 0x880b;

bool enter_gre(Rest& rest, Next& next, uint16_t& ether_type) {
  if (!rest.bytes.has(4)) return false;
  const uint16_t flags = rest.bytes.u16(0);
  const int version = flags & 7;
  const uint16_t type = rest.bytes.u16(2);
  uint32_t length = 4;
  if (flags & 0x8000) length += 4;
  if (flags & 0x2000) length += 4;
  if (flags & 0x1000) length += 4;
  // Source routes (RFC 1701) are of a length of their own, and nobody uses them.
  if (version > 1 || (flags & 0x4000)) return false;
  if (version == 1) {
    if (type != kPppInGre) return false;
    if (flags & 0x0080) length += 4;
  }
  if (!rest.bytes.has(length)) return false;
  rest.skip(length);
  next = version == 1 ? Next::kPpp : Next::kEtherType;
  ether_type = type;
  return true;
}

bool enter_vxlan(Rest& rest, Next& next) {
  if (!rest.bytes.has(16) || (rest.bytes.u8(8) & 0x08) == 0) return false;
  rest.skip(16);
  next = Next::kEthernet;
  return true;
}

bool enter_geneve(Rest& rest, uint16_t& ether_type) {
  if (!rest.bytes.has(16)) return false;
  const uint8_t version_and_length = rest.bytes.u8(8);
  if (version_and_length >> 6 != 0) return false;
  ether_type = rest.bytes.u16(10);
  const uint32_t length = 16 + (version_and_length & 0x3f) * 4;
  if (!rest.bytes.has(length)) return false;
  rest.skip(length);
  return true;
}

}  // namespace

bool enter_tunnel(Rest& rest, const Packet& outer, Next& next, uint16_t& ether_type) {
  next = Next::kEtherType;
  switch (outer.tuple.protocol) {
    case protocol::kIpInIp:
    case protocol::kIpv6InIp:
      next = Next::kIp;
      return true;
    case protocol::kGre:
      return enter_gre(rest, next, ether_type);
    case protocol::kUdp:
      if (outer.tuple.destination_port == kVxlanPort) return enter_vxlan(rest, next);
      if (outer.tuple.destination_port == kGenevePort) return enter_geneve(rest, ether_type);
      return false;
    default:
      return false;
  }
}
