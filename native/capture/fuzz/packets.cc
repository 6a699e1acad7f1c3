/**
 * Coverage-guided: any packets of any link through decoder and flow table. Input: a byte for the link, a byte of
 * options, then packets: how many bytes, how many were on the wire beyond those, how many seconds passed, the bytes.
 * Aborts when a packet or byte is not in exactly one flow.
 */
#include <cstdlib>

#include "decoder.h"
#include "flow_table.h"
#include "name_finder.h"
#include "plain_packet.h"

namespace {

// What the committed inputs begin with stays in its place; others are added behind.
constexpr int kLinks[] = {1,   0,   12,  113, 276, 108, 9,   50,  51,  228, 229, 101, 104, 107, 105, 127, 119,
                          163, 192, 258, 6,   10,  11,  19,  123, 122, 138, 242, 109, 117, 226, 239, 219, 240,
                          241, 178, 166, 204, 205, 206};
constexpr uint8_t kInsideTunnels = 1;
constexpr uint8_t kSmallTable = 2;

struct Sum {
  uint64_t flows = 0;
  uint64_t packets = 0;
  uint64_t bytes = 0;

  void add(const flow_record& record) {
    if (record.phase != PHASE_END) return;
    flows++;
    packets += record.client.packets + record.server.packets;
    bytes += record.client.bytes + record.server.bytes;
  }
};

void require(bool holds) {
  if (!holds) abort();
}

/** What applications are recognised by is inside of what the sanitizers watch. */
void write_plain(const Packet& packet) {
  const bool is_udp = packet.tuple.protocol == protocol::kUdp && !packet.is_fragment;
  if (packet.payload.size() == 0 || (!packet.has_tcp && !is_udp)) return;
  uint8_t plain[kMostHeader + kMostPayload];
  require(write_plain_packet(packet, plain) <= sizeof plain);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes input(data, size);
  if (!input.has(2)) return 0;
  const Decoder decoder(kLinks[input.u8(0) % std::size(kLinks)], {(input.u8(1) & kInsideTunnels) != 0});
  FlowLimits limits;
  limits.most_flows = input.u8(1) & kSmallTable ? 3 : 256;
  Sum told;
  Sum sent;
  NameFinder names;
  FlowTable table(limits, [&told](const flow_record& record) { told.add(record); });
  require(table.allocate());
  input = input.from(2);
  uint64_t time_ns = 1'700'000'000'000'000'000;
  while (input.has(3)) {
    const Bytes packet = input.from(3).first(input.u8(0));
    const uint32_t wire_length = packet.size() + input.u8(1);
    time_ns += input.u8(2) * 1'000'000'000ULL;
    input = input.from(3 + packet.size());
    Arrival& arrival = table.next();
    if (decoder.decode(packet, wire_length, arrival.packet) != DECODED) continue;
    sent.packets++;
    sent.bytes += arrival.packet.length;
    arrival.time_ns = time_ns;
    names.find(arrival.packet, time_ns, [](const FoundName& name) { require(is_name(name.text, name.length)); });
    write_plain(arrival.packet);
    table.add();
    if (sent.packets % 7 == 0) table.tell_changes([&] { return sent.packets % 2 == 0; });
  }
  table.flush();
  table.tell_changes([] { return true; });
  table.end_all();
  require(told.packets == sent.packets && told.bytes == sent.bytes);
  require(told.flows == table.counts().begun && table.counts().living == 0);
  return 0;
}
