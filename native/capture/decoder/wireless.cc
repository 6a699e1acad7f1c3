/** IEEE 802.11, and the headers that drivers put in front of it. What is encrypted is not IP to anybody here. */
#include "layers.h"

namespace {

/** Frame control, first and second byte (IEEE 802.11 9.2.4.1). */
constexpr int kTypeMask = 0x0c;
constexpr int kData = 0x08;
constexpr int kWithoutData = 0x40;
constexpr int kQuality = 0x80;
constexpr int kToDistribution = 0x01;
constexpr int kFromDistribution = 0x02;
constexpr int kProtected = 0x40;
constexpr int kOrder = 0x80;
/** In the quality-of-service bytes: several frames in one, of which each has a header of its own. */
constexpr int kAggregated = 0x80;

uint32_t header_length(int first, int second) {
  constexpr int kBoth = kToDistribution | kFromDistribution;
  uint32_t length = (second & kBoth) == kBoth ? 30 : 24;
  if (first & kQuality) length += second & kOrder ? 6 : 2;
  return length;
}

decode_problem read_frame(Rest& rest, bool is_padded, Packet& packet, Depth& depth) {
  if (!rest.bytes.has(24)) return lacks_link(rest, 24);
  const int first = rest.bytes.u8(0);
  const int second = rest.bytes.u8(1);
  const bool is_first_fragment = (rest.bytes.u8(22) & 0x0f) == 0;
  if ((first & kTypeMask) != kData || (first & kWithoutData) || (second & kProtected) || !is_first_fragment) return NOT_IP;
  uint32_t length = header_length(first, second);
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  const bool is_aggregated = (first & kQuality) && (rest.bytes.u8(length - (second & kOrder ? 6 : 2)) & kAggregated);
  if (is_padded) length = (length + 3) & ~3u;
  rest.skip(length);
  if (is_aggregated) {
    // Destination, source, length. The frames behind the first one are not told.
    if (!rest.bytes.has(14)) return lacks_link(rest, 14);
    const uint16_t inside = rest.bytes.u16(12);
    rest.skip(14);
    rest.cut(inside);
  }
  return read_llc(rest, packet, depth);
}

}  // namespace

decode_problem read_wireless(Rest& rest, Packet& packet, Depth& depth) {
  return read_frame(rest, false, packet, depth);
}

/** Little-endian. Which fields there are stands in words of bits, and whether the 802.11 header is padded in one of them. */
decode_problem read_radiotap(Rest& rest, Packet& packet, Depth& depth) {
  constexpr uint32_t kMoreWords = 0x80000000;
  constexpr uint32_t kHasTime = 1;
  constexpr uint32_t kHasFlags = 2;
  constexpr int kPadded = 0x20;
  if (!rest.bytes.has(8)) return lacks_link(rest, 8);
  const uint16_t length = rest.bytes.little16(2);
  if (rest.bytes.u8(0) != 0 || length < 8) return MALFORMED_LINK;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  const Bytes header = rest.bytes.first(length);
  size_t at = 4;
  while (header.has(at + 4) && (header.little32(at) & kMoreWords)) at += 4;
  at += 4;
  const uint32_t present = header.little32(4);
  if (present & kHasTime) at = ((at + 7) & ~size_t{7}) + 8;
  const bool is_padded = (present & kHasFlags) && header.has(at + 1) && (header.u8(at) & kPadded);
  rest.skip(length);
  return read_frame(rest, is_padded, packet, depth);
}

/** Prism's own header, in the byte order of whoever captured, or AVS's, which is big-endian and announces itself. */
decode_problem read_prism(Rest& rest, Packet& packet, Depth& depth) {
  constexpr uint32_t kAvs = 0x80211000;
  if (!rest.bytes.has(8)) return lacks_link(rest, 8);
  const bool is_avs = (rest.bytes.u32(0) & 0xfffff000) == kAvs;
  const uint32_t big = rest.bytes.u32(4);
  const uint32_t length = is_avs || big <= 0xffff ? big : rest.bytes.little32(4);
  if (length < 8) return MALFORMED_LINK;
  if (!rest.bytes.has(length)) return lacks_link(rest, length);
  rest.skip(length);
  return read_frame(rest, false, packet, depth);
}
