#include "quic.h"

namespace {

constexpr uint16_t kPort = 443;
constexpr uint32_t kVersion1 = 1;
constexpr uint32_t kVersion2 = 0x6b3343cf;
/** Clients fill the datagrams that begin a connection up to this (RFC 9000 14.1). */
constexpr size_t kLeast = 1200;

}  // namespace

bool is_quic_initial(const Packet& packet) {
  const Bytes& payload = packet.payload;
  if (packet.tuple.protocol != protocol::kUdp || packet.is_fragment || packet.tuple.destination_port != kPort) {
    return false;
  }
  if (payload.size() < kLeast || payload.size() > kLongestInitial) return false;
  // The long header, and the bit that is set in all versions.
  if ((payload.u8(0) & 0xc0) != 0xc0) return false;
  const int type = payload.u8(0) >> 4 & 3;
  const uint32_t version = payload.u32(1);
  return (version == kVersion1 && type == 0) || (version == kVersion2 && type == 1);
}
