/** IEEE 802.2 and the links that have nothing else: token ring, FDDI, ATM. */
#include "layers.h"

namespace {

constexpr uint32_t kSnap = 0xaaaa03;
/** The identifiers of ISO's network layer protocols (RFC 2427 4) follow. */
constexpr uint32_t kIso = 0xfefe03;
/** IP itself as a service access point, from before SNAP. */
constexpr uint32_t kIp = 0x060603;
/** Whose number the protocol's is: Ethernet's, or those of bridges (RFC 2684 5.3). */
constexpr uint32_t kOfEthernet = 0x000000;
constexpr uint32_t kOfBridges = 0x0080c2;
/** Ethernet with its checksum, and without. */
constexpr uint16_t kBridgedWithCheck = 0x0001;
constexpr uint16_t kBridged = 0x0007;

}  // namespace

decode_problem read_snap(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(5)) return lacks_link(rest, 5);
  const uint32_t of = rest.bytes.u24(0);
  const uint16_t type = rest.bytes.u16(3);
  rest.skip(5);
  if (of == kOfEthernet) return type < kFirstEtherType ? NOT_IP : read_ether_type(type, rest, packet, depth);
  if (of != kOfBridges || (type != kBridged && type != kBridgedWithCheck)) return NOT_IP;
  return read_ethernet(rest, packet, depth);
}

decode_problem read_llc(Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  // The shortest frames of bridges and the like have no more.
  if (!rest.bytes.has(4)) return NOT_IP;
  const uint32_t points = rest.bytes.u24(0);
  if (points != kSnap && points != kIso && points != kIp) return NOT_IP;
  rest.skip(3);
  if (points == kIp) return DECODED;
  return points == kSnap ? read_snap(rest, packet, depth) : read_network_identifier(rest, packet, depth);
}

/** With a route in it when the first bit of the source says so. */
decode_problem read_token_ring(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(15)) return lacks_link(rest, 15);
  const bool is_data = (rest.bytes.u8(1) & 0xc0) == 0x40;
  const uint32_t route = rest.bytes.u8(8) & 0x80 ? rest.bytes.u8(14) & 0x1f : 0;
  if (!is_data) return NOT_IP;
  rest.skip(14 + route);
  return read_llc(rest, packet, depth);
}

decode_problem read_fddi(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(13)) return lacks_link(rest, 13);
  const bool is_data = (rest.bytes.u8(0) & 0xf0) == 0x50;
  if (!is_data) return NOT_IP;
  rest.skip(13);
  return read_llc(rest, packet, depth);
}

/** Several protocols in one circuit have 802.2 in front of them; one alone has nothing (RFC 2684 5, 6). */
decode_problem read_atm(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  const int half = rest.bytes.u8(0) >> 4;
  return half == 4 || half == 6 ? DECODED : read_llc(rest, packet, depth);
}

/** Flags, path, circuit. */
decode_problem read_sun_atm(Rest& rest, Packet& packet, Depth& depth) {
  constexpr int kLanEmulation = 1;
  constexpr int kLlc = 2;
  if (!rest.bytes.has(4)) return lacks_link(rest, 4);
  const int kind = rest.bytes.u8(0) & 0x0f;
  rest.skip(4);
  if (kind == kLlc) return read_llc(rest, packet, depth);
  if (kind != kLanEmulation) return NOT_IP;
  if (!rest.bytes.has(2)) return lacks_link(rest, 2);
  rest.skip(2);
  return read_ethernet(rest, packet, depth);
}
