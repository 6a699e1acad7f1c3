/** IPv4 (RFC 791) and IPv6 (RFC 8200) with everything between them and the transport. */
#include "layers.h"

namespace {

constexpr uint16_t kMoreFragments = 0x2000;
constexpr uint16_t kFragmentOffset = 0x1fff;

/** IANA "IPv6 Extension Header Types". */
constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestination = 60;
constexpr uint8_t kMobility = 135;
constexpr uint8_t kHostIdentity = 139;
constexpr uint8_t kShim6 = 140;

constexpr uint8_t kJumboOption = 0xc2;

decode_problem lacks(const Rest& rest, size_t needed) { return rest.lacks(needed, CUT_NETWORK, MALFORMED_NETWORK); }

void set_mapped(Address& address, const uint8_t* ipv4) {
  memset(address.bytes, 0, 10);
  memset(address.bytes + 10, 0xff, 2);
  memcpy(address.bytes + 12, ipv4, 4);
}

/** Both headers can say that they are longer than what was on the wire; what was there is what counts. */
void set_length(Rest& rest, Packet& packet, uint32_t claimed) {
  rest.cut(claimed);
  packet.length = rest.wire_length;
}

/** The length of a jumbogram (RFC 2675) in its options of the kind hop by hop; 0: there is none. */
uint32_t jumbo_length(Bytes options) {
  while (options.has(2)) {
    const uint8_t type = options.u8(0);
    if (type == 0) {
      options = options.from(1);
      continue;
    }
    if (type == kJumboOption && options.u8(1) == 4 && options.has(6)) return options.u32(2);
    options = options.from(2 + options.u8(1));
  }
  return 0;
}

/** Up to the first header that is none of IPv6's own. */
decode_problem read_extensions(Rest& rest, Packet& packet, uint8_t next, Depth& depth) {
  for (;;) {
    uint32_t length;
    switch (next) {
      case kHopByHop:
      case kRouting:
      case kDestination:
      case kMobility:
      case kHostIdentity:
      case kShim6:
        if (!rest.bytes.has(8)) return lacks(rest, 8);
        length = (rest.bytes.u8(1) + 1) * 8;
        break;
      case kAuthentication:
        if (!rest.bytes.has(8)) return lacks(rest, 8);
        length = (rest.bytes.u8(1) + 2) * 4;
        break;
      case kFragment: {
        if (!rest.bytes.has(8)) return lacks(rest, 8);
        const uint16_t place = rest.bytes.u16(2);
        // Offset 0 and no more: an atomic fragment (RFC 6946), which is whole.
        packet.is_fragment = packet.is_fragment || (place & 0xfff9) != 0;
        packet.is_later_fragment = (place & 0xfff8) != 0;
        packet.fragment_id = rest.bytes.u32(4);
        length = 8;
        break;
      }
      default:
        packet.tuple.protocol = next;
        return DECODED;
    }
    if (!depth.enter()) return TOO_DEEP;
    next = rest.bytes.u8(0);
    if (packet.is_later_fragment) {
      // What follows is from the middle of the original packet.
      packet.tuple.protocol = next;
      rest.skip(length);
      return DECODED;
    }
    if (!rest.bytes.has(length)) return lacks(rest, length);
    rest.skip(length);
  }
}

decode_problem read_ipv4(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(20)) return lacks(rest, 20);
  const Bytes& header = rest.bytes;
  const uint32_t header_length = (header.u8(0) & 0x0f) * 4;
  const uint16_t total_length = header.u16(2);
  if (header_length < 20) return MALFORMED_NETWORK;
  // Written by the network card when it cuts a large segment up; captured before that it is 0.
  const uint32_t claimed = total_length == 0 ? rest.wire_length : total_length;
  if (claimed < header_length) return MALFORMED_NETWORK;
  if (!rest.bytes.has(header_length)) return lacks(rest, header_length);

  const uint16_t fragment = header.u16(6);
  packet.fragment_id = header.u16(4);
  packet.is_fragment = (fragment & (kMoreFragments | kFragmentOffset)) != 0;
  packet.is_later_fragment = (fragment & kFragmentOffset) != 0;
  packet.tuple.protocol = header.u8(9);
  packet.tuple.ip_version = 4;
  set_mapped(packet.tuple.source, header.data() + 12);
  set_mapped(packet.tuple.destination, header.data() + 16);
  set_length(rest, packet, claimed);
  rest.skip(header_length);
  // Who sent it is proved, and it can be read.
  const bool is_proved = packet.tuple.protocol == kAuthentication && !packet.is_later_fragment;
  return is_proved ? read_extensions(rest, packet, kAuthentication, depth) : DECODED;
}

decode_problem read_ipv6(Rest& rest, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(40)) return lacks(rest, 40);
  const uint16_t payload_length = rest.bytes.u16(4);
  const uint8_t next = rest.bytes.u8(6);
  packet.tuple.ip_version = 6;
  memcpy(packet.tuple.source.bytes, rest.bytes.data() + 8, ADDRESS_LENGTH);
  memcpy(packet.tuple.destination.bytes, rest.bytes.data() + 24, ADDRESS_LENGTH);
  uint32_t claimed = 40u + payload_length;
  if (payload_length == 0 && next == kHopByHop) {
    const Bytes behind = rest.bytes.from(40);
    const Bytes options = behind.has(2) ? behind.first((behind.u8(1) + 1) * 8).from(2) : Bytes();
    const uint32_t jumbo = jumbo_length(options);
    // Without it: a large segment that the network card is to cut up, as with IPv4.
    claimed = jumbo == 0 || jumbo > 0xffffffffu - 40 ? rest.wire_length : 40 + jumbo;
  } else if (payload_length == 0 && next == protocol::kTcp) {
    claimed = rest.wire_length;
  }
  set_length(rest, packet, claimed);
  rest.skip(40);
  return read_extensions(rest, packet, next, depth);
}

/** Does the checksum of a header come out (RFC 1071)? Its length is even. */
bool is_sum_right(const Bytes& header) {
  uint32_t sum = 0;
  for (size_t at = 0; at < header.size(); at += 2) sum += header.u16(at);
  sum = (sum & 0xffff) + (sum >> 16);
  return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

}  // namespace

bool is_exactly_ip(const Rest& rest) {
  const Bytes& bytes = rest.bytes;
  if (!bytes.has(20)) return false;
  const int version = bytes.u8(0) >> 4;
  if (version == 6) return bytes.has(40) && 40u + bytes.u16(4) == rest.wire_length;
  const size_t header_length = (bytes.u8(0) & 0x0f) * 4;
  return version == 4 && header_length >= 20 && bytes.has(header_length) && bytes.u16(2) == rest.wire_length &&
         is_sum_right(bytes.first(header_length));
}

decode_problem read_ip(Rest& rest, Packet& packet, Depth& depth) {
  if (!depth.enter()) return TOO_DEEP;
  packet.is_fragment = false;
  packet.is_later_fragment = false;
  if (!rest.bytes.has(1)) return lacks(rest, 1);
  const int version = rest.bytes.u8(0) >> 4;
  if (rest.ip_version != 0 && version != rest.ip_version) return MALFORMED_NETWORK;
  switch (version) {
    case 4:
      return read_ipv4(rest, packet, depth);
    case 6:
      return read_ipv6(rest, packet, depth);
    default:
      return MALFORMED_NETWORK;
  }
}
