/** Ethernet and what stands between it and IP: tags, labels, sessions. Numbers from IEEE 802 and IANA. */
#include "layers.h"

namespace {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kVlan = 0x8100;
constexpr uint16_t kServiceVlan = 0x88a8;
constexpr uint16_t kOldServiceVlan = 0x9100;
constexpr uint16_t kTrill = 0x22f3;
constexpr uint16_t kBridgedEthernet = 0x6558;
constexpr uint16_t kMpls = 0x8847;
constexpr uint16_t kMplsMulticast = 0x8848;
constexpr uint16_t kPppoeSession = 0x8864;
constexpr uint16_t kFabricPath = 0x8903;
constexpr uint16_t kCiscoMetaData = 0x8909;
constexpr uint16_t kMacSecurity = 0x88e5;
constexpr uint16_t kBackboneService = 0x88e7;
constexpr uint16_t kServiceFunction = 0x894f;
constexpr uint16_t kAristaTime = 0xd28b;

decode_problem read_ethernet_behind(uint32_t length, Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  return read_ethernet(rest, packet, depth);
}

/** RFC 6325 3: the lengths of options stand in the first two bytes. */
decode_problem read_trill(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(6)) return lacks_link(rest, 6);
  const uint32_t options = (rest.bytes.u16(0) >> 6 & 0x1f) * 4;
  return read_ethernet_behind(6 + options, rest, packet, depth);
}

/**
 * The security tag of IEEE 802.1AE: what it protects without encrypting is there to be read.
 * False: it is encrypted, changed, or not whole.
 */
bool take_security_tag(Rest& rest) {
  constexpr uint8_t kHasChannel = 0x20;
  constexpr uint8_t kEncrypted = 0x08;
  constexpr uint8_t kChanged = 0x04;
  constexpr uint32_t kCheckLength = 16;
  if (!rest.bytes.has(6)) return false;
  const uint8_t control = rest.bytes.u8(0);
  const uint32_t short_length = rest.bytes.u8(1) & 0x3f;
  const uint32_t length = control & kHasChannel ? 14 : 6;
  if ((control & (kEncrypted | kChanged)) || !rest.bytes.has(length + 2)) return false;
  rest.skip(length);
  if (short_length > 0) rest.cut(short_length);
  else if (rest.wire_length > kCheckLength) rest.cut(rest.wire_length - kCheckLength);
  return rest.bytes.has(2);
}

/** RFC 8300 2. */
decode_problem read_service_function(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(8)) return lacks_link(rest, 8);
  const uint32_t length = (rest.bytes.u16(0) & 0x3f) * 4;
  const uint8_t next = rest.bytes.u8(3);
  if (length < 8) return MALFORMED_LINK;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  switch (next) {
    case 1:
      return read_ether_type(kIpv4, rest, packet, depth);
    case 2:
      return read_ether_type(kIpv6, rest, packet, depth);
    case 3:
      return read_ethernet(rest, packet, depth);
    case 5:
      return read_mpls(rest, packet, depth);
    default:
      return NOT_IP;
  }
}

/** When it was seen, by an Arista switch: a kind, a format, and the time in eight or six bytes. 0: nothing of the kind. */
uint32_t arista_time_length(const Bytes& bytes) {
  if (bytes.u16(0) != 1) return 0;
  switch (bytes.u8(3)) {
    case 0x10:
      return 12;
    case 0x20:
      return 10;
    default:
      return 0;
  }
}

}  // namespace

/** Nothing names what a stack of labels carries; its first half byte tells (RFC 4928 3). */
decode_problem read_mpls(Rest& rest, Packet& packet, Depth& depth) {
  for (bool is_bottom = false; !is_bottom;) {
    if (!depth.enter()) return TOO_DEEP;
    if (!rest.bytes.has(4)) return lacks_link(rest, 4);
    is_bottom = (rest.bytes.u8(2) & 1) != 0;
    rest.skip(4);
  }
  if (!rest.bytes.has(1)) return lacks_link(rest, 1);
  const int half = rest.bytes.u8(0) >> 4;
  if (half == 4 || half == 6) return DECODED;
  if (half != 0) return NOT_IP;
  // The control word of a pseudowire (RFC 4385); Ethernet is what these mostly carry.
  return read_ethernet_behind(4, rest, packet, depth);
}

decode_problem read_ether_type(uint16_t type, Rest& rest, Packet& packet, Depth& depth) {
  for (;;) {
    if (!depth.enter()) return TOO_DEEP;
    switch (type) {
      case kIpv4:
        rest.ip_version = 4;
        return DECODED;
      case kIpv6:
        rest.ip_version = 6;
        return DECODED;
      case kVlan:
      case kServiceVlan:
      case kOldServiceVlan:
        if (!rest.bytes.has(4)) return lacks_link(rest, 4);
        packet.vlan = rest.bytes.u16(0) & 0x0fff;
        type = rest.bytes.u16(2);
        rest.skip(4);
        break;
      case kMpls:
      case kMplsMulticast:
        return read_mpls(rest, packet, depth);
      case kPppoeSession:
        return read_pppoe(rest, packet, depth);
      case kBridgedEthernet:
        return read_ethernet(rest, packet, depth);
      case kBackboneService:
        // The service instance (IEEE 802.1ah); then the customer's frame.
        return read_ethernet_behind(4, rest, packet, depth);
      case kFabricPath:
        return read_ethernet_behind(2, rest, packet, depth);
      case kTrill:
        return read_trill(rest, packet, depth);
      case kServiceFunction:
        return read_service_function(rest, packet, depth);
      case kMacSecurity:
        if (!take_security_tag(rest)) return NOT_IP;
        type = rest.bytes.u16(0);
        rest.skip(2);
        break;
      case kCiscoMetaData:
        if (!rest.bytes.has(8)) return lacks_link(rest, 8);
        type = rest.bytes.u16(6);
        rest.skip(8);
        break;
      case kAristaTime: {
        if (!rest.bytes.has(14)) return lacks_link(rest, 14);
        const uint32_t length = arista_time_length(rest.bytes);
        if (length == 0) return NOT_IP;
        type = rest.bytes.u16(length);
        rest.skip(length + 2);
        break;
      }
      default:
        return NOT_IP;
    }
    if (type < kFirstEtherType) {
      rest.cut(type);
      return read_llc(rest, packet, depth);
    }
  }
}

decode_problem read_ethernet(Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  if (!rest.bytes.has(14)) return lacks_link(rest, 14);
  const uint16_t type = rest.bytes.u16(12);
  rest.skip(14);
  if (type >= kFirstEtherType) return read_ether_type(type, rest, packet, depth);
  rest.cut(type);
  return read_llc(rest, packet, depth);
}
