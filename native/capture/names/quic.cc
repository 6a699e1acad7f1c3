#include "quic.h"

namespace {

constexpr uint16_t kPort = 443;
constexpr uint32_t kVersion1 = 1;
constexpr uint32_t kVersion2 = 0x6b3343cf;
constexpr uint32_t kDrafts = 0xff000000;
constexpr uint32_t kGoogle = 0x54303500;
constexpr uint32_t kFacebook = 0xfaceb000;
/** Clients fill the datagrams that begin a connection up to this (RFC 9000 14.1). */
constexpr size_t kLeast = 1200;

/** Whether src/quic.ts may know its keys. */
bool is_version(uint32_t version) {
  return version == kVersion1 || version == kVersion2 || (version & 0xffffff00) == kDrafts ||
         (version & 0xffffff00) == kGoogle || (version & 0xfffffff0) == kFacebook;
}

}  // namespace

bool is_quic_initial(const Packet& packet) {
  const Bytes& payload = packet.payload;
  // Servers answer with the like, which only the client's keys are not for.
  if (packet.tuple.protocol != protocol::kUdp || packet.is_fragment || packet.tuple.source_port == kPort) return false;
  if (payload.size() < kLeast || payload.size() > kLongestInitial) return false;
  // The long header, and the bit that is set in all versions.
  if ((payload.u8(0) & 0xc0) != 0xc0) return false;
  const uint32_t version = payload.u32(1);
  const int type = payload.u8(0) >> 4 & 3;
  return is_version(version) && type == (version == kVersion2 ? 1 : 0);
}
