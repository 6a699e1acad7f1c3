/** Serial lines: PPP (RFC 1661) by itself and over Ethernet (RFC 2516), Cisco's HDLC, Frame Relay (RFC 2427). */
#include "layers.h"

namespace {

/** IANA's registry of PPP. */
constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;
constexpr uint16_t kPppMpls = 0x0281;

/** ISO/IEC TR 9577. */
constexpr uint8_t kIdentifiesSnap = 0x80;
constexpr uint8_t kIdentifiesIpv6 = 0x8e;
constexpr uint8_t kIdentifiesIpv4 = 0xcc;
constexpr uint8_t kIdentifiesPpp = 0xcf;

constexpr uint8_t kUnnumbered = 0x03;

}  // namespace

/** With or without the address and control bytes of HDLC, the protocol in one byte or two (RFC 1661 2, 6.5). */
decode_problem read_ppp(Rest& rest, Packet& packet, Depth& depth) {
  if (rest.bytes.has(2) && rest.bytes.u8(0) == 0xff && rest.bytes.u8(1) == kUnnumbered) rest.skip(2);
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  const bool is_short = (rest.bytes.u8(0) & 1) != 0;
  if (!is_short && !rest.bytes.has(2)) return lacks_link(rest, 2);
  const uint16_t carried = is_short ? rest.bytes.u8(0) : rest.bytes.u16(0);
  rest.skip(is_short ? 1 : 2);
  switch (carried) {
    case kPppIpv4:
      rest.ip_version = 4;
      return DECODED;
    case kPppIpv6:
      rest.ip_version = 6;
      return DECODED;
    case kPppMpls:
      return read_mpls(rest, packet, depth);
    default:
      return NOT_IP;
  }
}

/** What is captured of a serial line as PPP may be Cisco's HDLC, by its address: unicast or broadcast. */
decode_problem read_serial(Rest& rest, Packet& packet, Depth& depth) {
  const bool is_cisco = rest.bytes.has(2) && (rest.bytes.u8(0) & 0x7f) == 0x0f && rest.bytes.u8(1) == 0;
  return is_cisco ? read_cisco_hdlc(rest, packet, depth) : read_ppp(rest, packet, depth);
}

decode_problem read_pppoe(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(6)) return lacks_link(rest, 6);
  const uint8_t version_and_type = rest.bytes.u8(0);
  const uint8_t code = rest.bytes.u8(1);
  const uint16_t length = rest.bytes.u16(4);
  if (version_and_type != 0x11 || length > rest.wire_length - 6) return MALFORMED_LINK;
  rest.skip(6);
  rest.cut(length);
  return code == 0 ? read_ppp(rest, packet, depth) : NOT_IP;
}

/** Address, control, a type of Ethernet's. */
decode_problem read_cisco_hdlc(Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  if (!rest.bytes.has(4)) return lacks_link(rest, 4);
  const uint16_t type = rest.bytes.u16(2);
  rest.skip(4);
  return type < kFirstEtherType ? NOT_IP : read_ether_type(type, rest, packet, depth);
}

/** The address ends with the byte whose last bit is set. Cisco has a type of Ethernet's behind it, everybody else Q.922. */
decode_problem read_frame_relay(Rest& rest, Packet& packet, Depth& depth) {
  constexpr uint32_t kLongestAddress = 4;
  uint32_t length = 0;
  do {
    if (!rest.bytes.has(length + 1)) return lacks_link(rest, length + 1);
  } while ((rest.bytes.u8(length++) & 1) == 0 && length < kLongestAddress);
  rest.skip(length);
  if (!rest.bytes.has(2)) return lacks_link(rest, 2);
  if (rest.bytes.u8(0) != kUnnumbered) {
    const uint16_t type = rest.bytes.u16(0);
    rest.skip(2);
    return type < kFirstEtherType ? NOT_IP : read_ether_type(type, rest, packet, depth);
  }
  rest.skip(1);
  // A byte that aligns what follows.
  if (rest.bytes.u8(0) == 0) rest.skip(1);
  return read_network_identifier(rest, packet, depth);
}

decode_problem read_network_identifier(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  const uint8_t identifier = rest.bytes.u8(0);
  rest.skip(1);
  switch (identifier) {
    case kIdentifiesIpv4:
      rest.ip_version = 4;
      return DECODED;
    case kIdentifiesIpv6:
      rest.ip_version = 6;
      return DECODED;
    case kIdentifiesPpp:
      return read_ppp(rest, packet, depth);
    case kIdentifiesSnap:
      return read_snap(rest, packet, depth);
    default:
      return NOT_IP;
  }
}
