/** Links: from the first captured byte to the header of IP. Numbers from IEEE 802, IANA's PPP registry and tcpdump.org/linktypes. */
#include "layers.h"

namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kVlan = 0x8100;
constexpr uint16_t kServiceVlan = 0x88a8;
constexpr uint16_t kOldServiceVlan = 0x9100;
constexpr uint16_t kMpls = 0x8847;
constexpr uint16_t kMplsMulticast = 0x8848;
constexpr uint16_t kPppoeSession = 0x8864;
constexpr uint16_t kBridgedEthernet = 0x6558;
/** Below it is a length (IEEE 802.3). */
constexpr uint16_t kFirstType = 0x0600;

constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;
constexpr uint16_t kPppMpls = 0x0281;

/** DLT_*, as libpcap's on Linux. */
constexpr int kLinkNull = 0;
constexpr int kLinkEthernet = 1;
constexpr int kLinkPpp = 9;
constexpr int kLinkRaw = 12;
constexpr int kLinkPppSerial = 50;
constexpr int kLinkPppEthernet = 51;
constexpr int kLinkRawFile = 101;
constexpr int kLinkLoop = 108;
constexpr int kLinkCooked = 113;
constexpr int kLinkIpv4 = 228;
constexpr int kLinkIpv6 = 229;
constexpr int kLinkCooked2 = 276;

decode_problem lacks(const Rest& rest, size_t needed) { return rest.lacks(needed, CUT_LINK, MALFORMED_LINK); }

/** IEEE 802.2, which a length instead of a type announces; SNAP (RFC 1042) has a type again. */
decode_problem read_llc(uint16_t length, Rest& rest, Packet& packet, Depth& depth) {
  rest.cut(length);
  if (!rest.bytes.has(8)) return NOT_IP;
  const bool is_snap = rest.bytes.u24(0) == 0xaaaa03 && rest.bytes.u24(3) == 0;
  if (!is_snap) return NOT_IP;
  const uint16_t type = rest.bytes.u16(6);
  rest.skip(8);
  return type < kFirstType ? NOT_IP : read_ether_type(type, rest, packet, depth);
}

decode_problem read_pppoe(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(6)) return lacks(rest, 6);
  const uint8_t version_and_type = rest.bytes.u8(0);
  const uint8_t code = rest.bytes.u8(1);
  const uint16_t length = rest.bytes.u16(4);
  if (version_and_type != 0x11 || length > rest.wire_length - 6) return MALFORMED_LINK;
  rest.skip(6);
  rest.cut(length);
  return code == 0 ? read_ppp(rest, packet, depth) : NOT_IP;
}

/** Nothing names what a stack of labels carries; its first half byte tells (RFC 4928 3). */
decode_problem read_mpls(Rest& rest, Packet& packet, Depth& depth) {
  for (bool is_bottom = false; !is_bottom;) {
    if (!depth.enter()) return TOO_DEEP;
    if (!rest.bytes.has(4)) return lacks(rest, 4);
    is_bottom = (rest.bytes.u8(2) & 1) != 0;
    rest.skip(4);
  }
  if (!rest.bytes.has(1)) return lacks(rest, 1);
  const int half = rest.bytes.u8(0) >> 4;
  if (half == 4 || half == 6) return DECODED;
  if (half != 0) return NOT_IP;
  // The control word of a pseudowire (RFC 4385); Ethernet is what these mostly carry.
  if (!rest.bytes.has(4)) return lacks(rest, 4);
  rest.skip(4);
  return read_ethernet(rest, packet, depth);
}

/** DLT_NULL has the address family in the byte order of whoever captured, DLT_LOOP in the network's. */
decode_problem read_family(Rest& rest) {
  if (!rest.bytes.has(4)) return lacks(rest, 4);
  const uint32_t big = rest.bytes.u32(0);
  const uint32_t family = big > 0xffff ? __builtin_bswap32(big) : big;
  rest.skip(4);
  switch (family) {
    case 2:
    // AF_INET6 of NetBSD and OpenBSD, of FreeBSD, of Darwin, of Linux.
    case 24:
    case 28:
    case 30:
    case 10:
      return DECODED;
    default:
      return NOT_IP;
  }
}

decode_problem read_raw(Rest& rest) {
  if (!rest.bytes.has(1)) return lacks(rest, 1);
  return DECODED;
}

}  // namespace

decode_problem read_ether_type(uint16_t type, Rest& rest, Packet& packet, Depth& depth) {
  for (;;) {
    if (!depth.enter()) return TOO_DEEP;
    switch (type) {
      case kIpv4:
      case kIpv6:
        return DECODED;
      case kVlan:
      case kServiceVlan:
      case kOldServiceVlan:
        if (!rest.bytes.has(4)) return lacks(rest, 4);
        packet.vlan = rest.bytes.u16(0) & 0x0fff;
        type = rest.bytes.u16(2);
        rest.skip(4);
        if (type < kFirstType) return read_llc(type, rest, packet, depth);
        break;
      case kMpls:
      case kMplsMulticast:
        return read_mpls(rest, packet, depth);
      case kPppoeSession:
        return read_pppoe(rest, packet, depth);
      case kBridgedEthernet:
        return read_ethernet(rest, packet, depth);
      default:
        return NOT_IP;
    }
  }
}

decode_problem read_ethernet(Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  if (!rest.bytes.has(14)) return lacks(rest, 14);
  const uint16_t type = rest.bytes.u16(12);
  rest.skip(14);
  return type < kFirstType ? read_llc(type, rest, packet, depth) : read_ether_type(type, rest, packet, depth);
}

/** With or without the address and control bytes of HDLC, the protocol in one byte or two (RFC 1661 2, 6.5). */
decode_problem read_ppp(Rest& rest, Packet& packet, Depth& depth) {
  if (rest.bytes.has(2) && rest.bytes.u8(0) == 0xff && rest.bytes.u8(1) == 0x03) rest.skip(2);
  if (!rest.bytes.has(1)) return lacks(rest, 1);
  const bool is_short = (rest.bytes.u8(0) & 1) != 0;
  if (!is_short && !rest.bytes.has(2)) return lacks(rest, 2);
  const uint16_t carried = is_short ? rest.bytes.u8(0) : rest.bytes.u16(0);
  rest.skip(is_short ? 1 : 2);
  switch (carried) {
    case kPppIpv4:
    case kPppIpv6:
      return DECODED;
    case kPppMpls:
      return read_mpls(rest, packet, depth);
    default:
      return NOT_IP;
  }
}

bool Decoder::knows(int link_type) {
  switch (link_type) {
    case kLinkNull:
    case kLinkEthernet:
    case kLinkPpp:
    case kLinkRaw:
    case kLinkPppSerial:
    case kLinkPppEthernet:
    case kLinkRawFile:
    case kLinkLoop:
    case kLinkCooked:
    case kLinkIpv4:
    case kLinkIpv6:
    case kLinkCooked2:
      return true;
    default:
      return false;
  }
}

decode_problem read_link(int link_type, Rest& rest, Packet& packet, Depth& depth) {
  switch (link_type) {
    case kLinkEthernet:
      return read_ethernet(rest, packet, depth);
    case kLinkNull:
    case kLinkLoop:
      return read_family(rest);
    case kLinkRaw:
    case kLinkRawFile:
    case kLinkIpv4:
    case kLinkIpv6:
      return read_raw(rest);
    case kLinkPpp:
    case kLinkPppSerial:
      return read_ppp(rest, packet, depth);
    case kLinkPppEthernet:
      return read_pppoe(rest, packet, depth);
    case kLinkCooked: {
      if (!rest.bytes.has(16)) return lacks(rest, 16);
      const uint16_t type = rest.bytes.u16(14);
      rest.skip(16);
      return type < kFirstType ? NOT_IP : read_ether_type(type, rest, packet, depth);
    }
    case kLinkCooked2: {
      if (!rest.bytes.has(20)) return lacks(rest, 20);
      const uint16_t type = rest.bytes.u16(0);
      packet.device = rest.bytes.u32(4);
      rest.skip(20);
      return type < kFirstType ? NOT_IP : read_ether_type(type, rest, packet, depth);
    }
    default:
      return UNKNOWN_LINK;
  }
}
