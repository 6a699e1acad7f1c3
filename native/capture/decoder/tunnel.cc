/** Packets inside of packets. Which there are says `DecoderOptions`. */
#include "layers.h"

namespace {

constexpr uint8_t kEthernetInIp = 97;

/** Destinations of datagrams, as IANA has them; the second one of VXLAN is that of Linux from before there was a first. */
constexpr uint16_t kL2tpPort = 1701;
constexpr uint16_t kGtpPort = 2152;
constexpr uint16_t kTeredoPort = 3544;
constexpr uint16_t kLispPort = 4341;
constexpr uint16_t kVxlanPort = 4789;
constexpr uint16_t kVxlanExtendedPort = 4790;
constexpr uint16_t kGenevePort = 6081;
constexpr uint16_t kMplsPort = 6635;
constexpr uint16_t kOldVxlanPort = 8472;

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kMpls = 0x8847;
constexpr uint16_t kServiceFunction = 0x894f;
constexpr uint16_t kPppInGre = 0x880b;
constexpr uint16_t kMirrored = 0x88be;
constexpr uint16_t kMirroredThird = 0x22eb;

constexpr uint32_t kUdp = 8;

bool take(Rest& rest, uint32_t length) {
  if (!rest.bytes.has(length)) return false;
  rest.skip(length);
  return true;
}

/** A mirrored frame: the first kind has no header, the second one and the third one have (draft-foschiano-erspan). */
bool enter_mirrored(Rest& rest, uint16_t type, bool has_sequence, Inside& inside) {
  inside.next = Next::kEthernet;
  if (type == kMirrored) return take(rest, has_sequence ? 8 : 0);
  if (!rest.bytes.has(12)) return false;
  const bool has_more = (rest.bytes.u8(11) & 1) != 0;
  return take(rest, has_more ? 20 : 12);
}

/** RFC 2784, 2890; version 1 is PPTP's (RFC 2637). */
bool enter_gre(Rest& rest, Inside& inside) {
  constexpr uint16_t kHasChecksum = 0x8000;
  constexpr uint16_t kHasRoutes = 0x4000;
  constexpr uint16_t kHasKey = 0x2000;
  constexpr uint16_t kHasSequence = 0x1000;
  constexpr uint16_t kHasAcknowledgment = 0x0080;
  if (!rest.bytes.has(4)) return false;
  const uint16_t flags = rest.bytes.u16(0);
  const int version = flags & 7;
  const uint16_t type = rest.bytes.u16(2);
  uint32_t length = 4;
  if (flags & kHasChecksum) length += 4;
  if (flags & kHasKey) length += 4;
  if (flags & kHasSequence) length += 4;
  // Source routes (RFC 1701) are of a length of their own, and nobody uses them.
  if (version > 1 || (flags & kHasRoutes)) return false;
  if (version == 1 && type != kPppInGre) return false;
  if (version == 1 && (flags & kHasAcknowledgment)) length += 4;
  if (!take(rest, length)) return false;
  if (type == kMirrored || type == kMirroredThird) return enter_mirrored(rest, type, (flags & kHasSequence) != 0, inside);
  inside.next = version == 1 ? Next::kPpp : Next::kEtherType;
  inside.ether_type = type;
  return true;
}

/** RFC 7348. On the older port there is also something else (OTV), which sets other bits. */
bool enter_vxlan(Rest& rest, bool is_old_port, Inside& inside) {
  constexpr uint8_t kHasIdentifier = 0x08;
  if (!rest.bytes.has(kUdp + 8)) return false;
  const uint8_t flags = rest.bytes.u8(kUdp);
  if (is_old_port ? flags != kHasIdentifier : (flags & kHasIdentifier) == 0) return false;
  inside.next = Next::kEthernet;
  return take(rest, kUdp + 8);
}

/** draft-ietf-nvo3-vxlan-gpe: with the kind of what is inside. */
bool enter_vxlan_extended(Rest& rest, Inside& inside) {
  constexpr uint8_t kHasProtocol = 0x04;
  if (!rest.bytes.has(kUdp + 8) || !(rest.bytes.u8(kUdp) & kHasProtocol)) return false;
  switch (rest.bytes.u8(kUdp + 3)) {
    case 1:
      inside = {Next::kEtherType, kIpv4};
      break;
    case 2:
      inside = {Next::kEtherType, kIpv6};
      break;
    case 3:
      inside.next = Next::kEthernet;
      break;
    case 4:
      inside = {Next::kEtherType, kServiceFunction};
      break;
    default:
      return false;
  }
  return take(rest, kUdp + 8);
}

/** RFC 8926. */
bool enter_geneve(Rest& rest, Inside& inside) {
  if (!rest.bytes.has(kUdp + 8)) return false;
  const uint8_t version_and_length = rest.bytes.u8(kUdp);
  if (version_and_length >> 6 != 0) return false;
  inside = {Next::kEtherType, rest.bytes.u16(kUdp + 2)};
  return take(rest, kUdp + 8 + (version_and_length & 0x3f) * 4);
}

/** What a phone sends and gets (3GPP TS 29.281 5): mandatory header, three optional fields together, extensions. */
bool enter_gtp(Rest& rest, Inside& inside) {
  constexpr uint8_t kVersionAndProtocol = 0x30;
  constexpr uint8_t kHasOptional = 0x07;
  constexpr uint8_t kHasExtension = 0x04;
  constexpr uint8_t kUserData = 0xff;
  constexpr int kMostExtensions = 8;
  if (!rest.bytes.has(kUdp + 8)) return false;
  const uint8_t flags = rest.bytes.u8(kUdp);
  if ((flags & 0xf0) != kVersionAndProtocol || rest.bytes.u8(kUdp + 1) != kUserData) return false;
  rest.skip(kUdp);
  inside.next = Next::kIp;
  if (!(flags & kHasOptional)) return take(rest, 8);
  if (!rest.bytes.has(12)) return false;
  uint8_t extension = flags & kHasExtension ? rest.bytes.u8(11) : 0;
  rest.skip(12);
  for (int i = 0; extension != 0; i++) {
    if (i == kMostExtensions || !rest.bytes.has(4)) return false;
    const uint32_t length = rest.bytes.u8(0) * 4;
    if (length == 0 || !rest.bytes.has(length)) return false;
    extension = rest.bytes.u8(length - 1);
    rest.skip(length);
  }
  return true;
}

/** RFC 4380 5.1.1: whom to believe and where it came from may stand in front. */
bool enter_teredo(Rest& rest, Inside& inside) {
  constexpr uint16_t kAuthentication = 1;
  constexpr uint16_t kOrigin = 0;
  if (!take(rest, kUdp)) return false;
  if (rest.bytes.has(4) && rest.bytes.u16(0) == kAuthentication) {
    if (!take(rest, 13 + rest.bytes.u8(2) + rest.bytes.u8(3))) return false;
  }
  if (rest.bytes.has(2) && rest.bytes.u16(0) == kOrigin && !take(rest, 8)) return false;
  inside = {Next::kEtherType, kIpv6, true};
  return true;
}

/** Version 2 (RFC 2661 3.1), messages of data. */
bool enter_l2tp(Rest& rest, Inside& inside) {
  constexpr uint16_t kControl = 0x8000;
  constexpr uint16_t kHasLength = 0x4000;
  constexpr uint16_t kHasSequence = 0x0800;
  constexpr uint16_t kHasOffset = 0x0200;
  if (!rest.bytes.has(kUdp + 2)) return false;
  const uint16_t flags = rest.bytes.u16(kUdp);
  if ((flags & kControl) || (flags & 0x0f) != 2) return false;
  uint32_t length = kUdp + 6;
  if (flags & kHasLength) length += 2;
  if (flags & kHasSequence) length += 4;
  if (flags & kHasOffset) {
    if (!rest.bytes.has(length + 2)) return false;
    length += 2u + rest.bytes.u16(length);
  }
  inside.next = Next::kPpp;
  return take(rest, length);
}

bool enter_datagram(Rest& rest, const FlowTuple& outer, Inside& inside) {
  switch (outer.destination_port) {
    case kVxlanPort:
    case kOldVxlanPort:
      return enter_vxlan(rest, outer.destination_port == kOldVxlanPort, inside);
    case kVxlanExtendedPort:
      return enter_vxlan_extended(rest, inside);
    case kGenevePort:
      return enter_geneve(rest, inside);
    case kGtpPort:
      return enter_gtp(rest, inside);
    case kLispPort:
      // RFC 9300 5.1: a header of eight bytes, whatever is in it.
      inside = {Next::kIp, 0, true};
      return take(rest, kUdp + 8);
    case kMplsPort:
      inside = {Next::kEtherType, kMpls, true};
      return take(rest, kUdp);
  }
  // Here a server answers from its port.
  if (outer.destination_port == kL2tpPort || outer.source_port == kL2tpPort) return enter_l2tp(rest, inside);
  const bool is_teredo = outer.destination_port == kTeredoPort || outer.source_port == kTeredoPort;
  return is_teredo && enter_teredo(rest, inside);
}

bool enter(Rest& rest, const FlowTuple& outer, Inside& inside) {
  switch (outer.protocol) {
    case protocol::kIpInIp:
      inside = {Next::kEtherType, kIpv4};
      return true;
    case protocol::kIpv6InIp:
      inside = {Next::kEtherType, kIpv6};
      return true;
    case protocol::kGre:
      return enter_gre(rest, inside);
    case kEthernetInIp:
      inside.next = Next::kEthernet;
      return take(rest, 2);
    case protocol::kUdp:
      return enter_datagram(rest, outer, inside);
    default:
      return false;
  }
}

}  // namespace

bool enter_tunnel(Rest& rest, const Packet& outer, Inside& inside) {
  inside = {};
  return enter(rest, outer.tuple, inside);
}
