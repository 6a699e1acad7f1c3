/** Links: from the first captured byte to the header of IP. Numbers from tcpdump.org/linktypes. */
#include "layers.h"

namespace {

/** DLT_*, as libpcap's on Linux. */
constexpr int kNull = 0;
constexpr int kEthernet = 1;
constexpr int kTokenRing = 6;
constexpr int kPpp = 9;
constexpr int kFddi = 10;
constexpr int kAtm = 11;
constexpr int kRaw = 12;
constexpr int kClassicalIp = 19;
constexpr int kPppSerial = 50;
constexpr int kPppEthernet = 51;
constexpr int kRawFile = 101;
constexpr int kCiscoHdlc = 104;
constexpr int kWireless = 105;
constexpr int kFrameRelay = 107;
constexpr int kLoop = 108;
constexpr int kEncrypted = 109;
constexpr int kCooked = 113;
constexpr int kFirewallLog = 117;
constexpr int kWirelessPrism = 119;
constexpr int kFibreChannel = 122;
constexpr int kSunAtm = 123;
constexpr int kWirelessRadiotap = 127;
constexpr int kFirewire = 138;
/** Reserved for private use; Apple's devices use it for what has got a number of its own since. */
constexpr int kPktapPrivate = 149;
constexpr int kWirelessAvs = 163;
constexpr int kPppDaemon = 166;
constexpr int kJuniperEthernet = 178;
constexpr int kPerPacketInformation = 192;
constexpr int kPppWithDirection = 204;
constexpr int kHdlcWithDirection = 205;
constexpr int kFrameRelayWithDirection = 206;
constexpr int kMpls = 219;
constexpr int kSolarisIpnet = 226;
constexpr int kIpv4 = 228;
constexpr int kIpv6 = 229;
constexpr int kNetfilterLog = 239;
constexpr int kNetAnalyzer = 240;
constexpr int kNetAnalyzerTransparent = 241;
constexpr int kInfiniband = 242;
constexpr int kPktap = 258;
constexpr int kCooked2 = 276;

/** DLT_NULL has the address family in the byte order of whoever captured, DLT_LOOP in the network's. */
decode_problem read_family(Rest& rest) {
  if (!rest.bytes.has(4)) return lacks_link(rest, 4);
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

decode_problem read_raw(Rest& rest, uint8_t version) {
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  rest.ip_version = version;
  return DECODED;
}

/** A header of a fixed length, with a type of Ethernet's at `type_at`. */
decode_problem read_typed(uint32_t length, uint32_t type_at, Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  const uint16_t type = rest.bytes.u16(type_at);
  rest.skip(length);
  return type < kFirstEtherType ? NOT_IP : read_ether_type(type, rest, packet, depth);
}

/** Linux calls 802.2 behind its own header "type 4". */
decode_problem read_cooked(uint32_t length, uint32_t type_at, Rest& rest, Packet& packet, Depth& depth) {
  constexpr uint16_t kLinuxLlc = 4;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  if (rest.bytes.u16(type_at) != kLinuxLlc) return read_typed(length, type_at, rest, packet, depth);
  rest.skip(length);
  return read_llc(rest, packet, depth);
}

/** A packet's header says which link comes behind it; nothing but its own kind may not. */
decode_problem read_named(uint32_t length, uint32_t link_type, Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  return link_type > INT32_MAX ? UNKNOWN_LINK : read_link(static_cast<int>(link_type), rest, packet, depth);
}

/** Version, flags, length, link, little-endian. */
decode_problem read_per_packet_information(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(8)) return lacks_link(rest, 8);
  const uint16_t length = rest.bytes.little16(2);
  return length < 8 ? MALFORMED_LINK : read_named(length, rest.bytes.little32(4), rest, packet, depth);
}

/** Length, kind, link, little-endian. */
decode_problem read_pktap(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(12)) return lacks_link(rest, 12);
  const uint32_t length = rest.bytes.little32(0);
  return length < 12 ? MALFORMED_LINK : read_named(length, rest.bytes.little32(8), rest, packet, depth);
}

decode_problem skip_to(uint32_t length, Rest& rest) {
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  return read_raw(rest, 0);
}

/** OpenBSD's pf: its header's length stands in front, without the padding to four bytes. */
decode_problem read_firewall_log(Rest& rest) {
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  const uint32_t length = (rest.bytes.u8(0) + 3u) & ~3u;
  return length < 4 ? MALFORMED_LINK : skip_to(length, rest);
}

/** Attributes of netlink, in the byte order of this host, of which one is the packet. */
decode_problem read_netfilter_log(Rest& rest) {
  constexpr uint16_t kPayload = 9;
  if (!rest.bytes.has(4)) return lacks_link(rest, 4);
  rest.skip(4);
  for (;;) {
    if (!rest.bytes.has(4)) return rest.wire_length == 0 ? NOT_IP : lacks_link(rest, 4);
    const uint16_t length = rest.bytes.little16(0);
    const uint16_t type = rest.bytes.little16(2) & 0x7fff;
    if (length < 4) return MALFORMED_LINK;
    if (type == kPayload) {
      rest.cut(length);
      rest.skip(4);
      return read_raw(rest, 0);
    }
    rest.skip((length + 3u) & ~3u);
  }
}

/** A magic number, flags, and with one of these more that is described by its own length. */
decode_problem read_juniper_ethernet(Rest& rest, Packet& packet, Depth& depth) {
  constexpr uint32_t kMagic = 0x4d4743;
  constexpr uint8_t kExtended = 0x80;
  constexpr uint8_t kWithoutEthernet = 0x02;
  if (!rest.bytes.has(6)) return lacks_link(rest, 6);
  if (rest.bytes.u24(0) != kMagic) return MALFORMED_LINK;
  const uint8_t flags = rest.bytes.u8(3);
  const uint32_t length = flags & kExtended ? 6u + rest.bytes.u16(4) : 4;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  // Then it is the family in four bytes that stands here.
  return flags & kWithoutEthernet ? skip_to(4, rest) : read_ethernet(rest, packet, depth);
}

decode_problem read_behind(uint32_t length, Rest& rest, Packet& packet, Depth& depth,
                           decode_problem (*read)(Rest&, Packet&, Depth&)) {
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  return read(rest, packet, depth);
}

}  // namespace

bool Decoder::knows(int link_type) {
  Rest nothing = {Bytes(), 0, 0};
  Packet packet = {};
  Depth depth;
  return read_link(link_type, nothing, packet, depth) != UNKNOWN_LINK;
}

decode_problem read_link(int link_type, Rest& rest, Packet& packet, Depth& depth) {
  switch (link_type) {
    case kEthernet:
      return read_ethernet(rest, packet, depth);
    case kNull:
    case kLoop:
      return read_family(rest);
    case kRaw:
    case kRawFile:
      return read_raw(rest, 0);
    case kIpv4:
      return read_raw(rest, 4);
    case kIpv6:
      return read_raw(rest, 6);
    case kCooked:
      return read_cooked(16, 14, rest, packet, depth);
    case kCooked2:
      if (rest.bytes.has(8)) packet.device = rest.bytes.u32(4);
      return read_cooked(20, 0, rest, packet, depth);
    case kPpp:
    case kPppSerial:
      return read_serial(rest, packet, depth);
    case kPppWithDirection:
      return read_behind(1, rest, packet, depth, read_serial);
    case kPppDaemon:
      // A byte of direction stands where HDLC's address would.
      return read_behind(2, rest, packet, depth, read_ppp);
    case kPppEthernet:
      return read_pppoe(rest, packet, depth);
    case kCiscoHdlc:
      return read_cisco_hdlc(rest, packet, depth);
    case kHdlcWithDirection:
      return read_behind(1, rest, packet, depth, read_cisco_hdlc);
    case kFrameRelay:
      return read_frame_relay(rest, packet, depth);
    case kFrameRelayWithDirection:
      return read_behind(1, rest, packet, depth, read_frame_relay);
    case kMpls:
      return read_mpls(rest, packet, depth);
    case kWireless:
      return read_wireless(rest, packet, depth);
    case kWirelessRadiotap:
      return read_radiotap(rest, packet, depth);
    case kWirelessPrism:
    case kWirelessAvs:
      return read_prism(rest, packet, depth);
    case kPerPacketInformation:
      return read_per_packet_information(rest, packet, depth);
    case kPktap:
    case kPktapPrivate:
      return read_pktap(rest, packet, depth);
    case kTokenRing:
      return read_token_ring(rest, packet, depth);
    case kFddi:
      return read_fddi(rest, packet, depth);
    case kFibreChannel:
      return read_behind(16, rest, packet, depth, read_llc);
    case kAtm:
    case kClassicalIp:
      return read_atm(rest, packet, depth);
    case kSunAtm:
      return read_sun_atm(rest, packet, depth);
    case kFirewire:
      return read_typed(18, 16, rest, packet, depth);
    case kInfiniband:
      // The global route header, and the header of RFC 4391.
      return read_typed(44, 40, rest, packet, depth);
    case kEncrypted:
      return skip_to(12, rest);
    case kFirewallLog:
      return read_firewall_log(rest);
    case kSolarisIpnet:
      return skip_to(24, rest);
    case kNetfilterLog:
      return read_netfilter_log(rest);
    case kNetAnalyzer:
      return read_behind(4, rest, packet, depth, read_ethernet);
    case kNetAnalyzerTransparent:
      return read_behind(12, rest, packet, depth, read_ethernet);
    case kJuniperEthernet:
      return read_juniper_ethernet(rest, packet, depth);
    default:
      return UNKNOWN_LINK;
  }
}
