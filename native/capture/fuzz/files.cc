/** Coverage-guided: any bytes as a capture file, plain or compressed, to its end, with and without a filter. */
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "decoder.h"
#include "flow_table.h"
#include "name_finder.h"
#include "packet_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("capture", 0);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) abort();
  SourceOptions options;
  options.file = "/proc/self/fd/" + std::to_string(file);
  if (size % 2 == 0) options.filter = "ip and port 443";
  Failure failure;
  const auto packets = open_file(options, failure);
  if (packets == nullptr) return 0;
  FlowLimits limits;
  limits.most_flows = 64;
  FlowTable table(limits, [](const flow_record&) {});
  if (!table.allocate()) abort();
  NameFinder names;
  constexpr int kMostPackets = 10'000;
  packets->read(kMostPackets, [&](const FilePacket& packet) {
    Arrival& arrival = table.next();
    const Decoder decoder(packet.link_type, {true});
    if (decoder.decode(packet.bytes, packet.wire_length, arrival.packet) != DECODED) return;
    arrival.time_ns = packet.time_ns;
    names.find(arrival.packet, packet.time_ns, [](const FoundName& name) {
      if (!is_name(name.text, name.length)) abort();
    });
    table.add();
  });
  table.flush();
  table.end_all();
  return 0;
}
