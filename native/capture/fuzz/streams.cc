/**
 * Coverage-guided: any segments of two connections, of which names are put together. Input: a byte for the server's
 * port, then segments: which connection, where in its stream (two bytes), how many bytes, the bytes.
 */
#include <cstdlib>

#include "name_finder.h"

namespace {

constexpr uint16_t kPorts[] = {443, 80, 53};
constexpr uint32_t kFirst = 0xfffffc00;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes input(data, size);
  if (!input.has(1)) return 0;
  Packet packet = {};
  packet.has_tcp = true;
  packet.tuple.protocol = protocol::kTcp;
  packet.tuple.ip_version = 4;
  packet.tuple.destination_port = kPorts[input.u8(0) % std::size(kPorts)];
  // Answers of DNS come from the server.
  if (packet.tuple.destination_port == 53) std::swap(packet.tuple.source_port, packet.tuple.destination_port);
  input = input.from(1);
  NameFinder names;
  uint64_t time_ns = 1'700'000'000'000'000'000;
  while (input.has(4)) {
    packet.payload = input.from(4).first(input.u8(3));
    packet.payload_length = packet.payload.size();
    packet.tuple.source.bytes[15] = input.u8(0) & 1;
    packet.sequence = kFirst + input.u16(1);
    time_ns += (input.u8(0) >> 1) * 100'000'000ULL;
    input = input.from(4 + packet.payload.size());
    names.find(packet, time_ns, [](const FoundName& name) {
      if (!is_name(name.text, name.length)) abort();
    });
  }
  return 0;
}
