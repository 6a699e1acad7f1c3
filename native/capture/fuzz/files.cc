/** Coverage-guided: any bytes as a capture file, plain or compressed, to its end. */
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "decoder.h"
#include "flow_table.h"
#include "packet_source.h"

namespace {

constexpr int kMostPackets = 10'000;

struct Reader {
  Decoder decoder;
  FlowTable table;
};

void take(u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
  auto* reader = reinterpret_cast<Reader*>(self);
  Arrival& arrival = reader->table.next();
  if (reader->decoder.decode(Bytes(bytes, header->caplen), header->len, arrival.packet) != DECODED) return;
  arrival.time_ns = static_cast<uint64_t>(header->ts.tv_sec) * 1'000'000'000;
  reader->table.add();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int file = memfd_create("capture", 0);
  if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) abort();
  SourceOptions options;
  options.file = "/proc/self/fd/" + std::to_string(file);
  Failure failure;
  const Pcap pcap = open_file(options, failure);
  if (pcap == nullptr) return 0;
  FlowLimits limits;
  limits.most_flows = 64;
  Reader reader = {Decoder(pcap_datalink(pcap.get()), {true}), FlowTable(limits, [](const flow_record&) {})};
  if (!reader.table.allocate()) abort();
  pcap_dispatch(pcap.get(), kMostPackets, take, reinterpret_cast<u_char*>(&reader));
  reader.table.flush();
  reader.table.end_all();
  return 0;
}
