/**
 * Flows begin, go on, fall silent and have to go for lack of room; whatever is told of them must add up to what was sent.
 * Input: a byte for the size of the table, then five bytes a step: how many flows send (a power of two), the first one of
 * them (two bytes), the way and the bytes, the seconds that pass before.
 */
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "bytes.h"
#include "flow_table.h"

namespace {

constexpr size_t kSizes[] = {1, 2, 33, 1000, 5000};
constexpr int kLongestRun = 12;
constexpr size_t kMostPackets = 1 << 17;
constexpr uint64_t kSecond = 1'000'000'000;
/** One look at all flows takes 4 s, and is asked for once more at most. */
constexpr uint64_t kLatestEnd = 8 * kSecond;

void require(bool holds) {
  if (!holds) abort();
}

struct Sum {
  uint64_t packets[2] = {};
  uint64_t bytes[2] = {};

  bool operator==(const Sum& other) const {
    return packets[0] == other.packets[0] && packets[1] == other.packets[1] && bytes[0] == other.bytes[0] &&
           bytes[1] == other.bytes[1];
  }
};

class Model {
 public:
  explicit Model(size_t most) : table_(limits(most), [this](const flow_record& record) { take(record); }) {
    require(table_.allocate());
  }

  /** `is_answer`: from the server, whose port is lower and so known to be one. */
  void send(uint32_t flow, bool is_answer, uint32_t length) {
    Arrival& arrival = table_.next();
    arrival.packet = {};
    arrival.packet.tuple.ip_version = 4;
    arrival.packet.tuple.protocol = protocol::kUdp;
    Address& client = is_answer ? arrival.packet.tuple.destination : arrival.packet.tuple.source;
    memcpy(client.bytes, &flow, sizeof flow);
    (is_answer ? arrival.packet.tuple.source_port : arrival.packet.tuple.destination_port) = 53;
    (is_answer ? arrival.packet.tuple.destination_port : arrival.packet.tuple.source_port) = 40'000;
    arrival.packet.length = length;
    arrival.time_ns = now_ns_;
    Sum& sum = sent_[flow];
    sum.packets[is_answer]++;
    sum.bytes[is_answer] += length;
    table_.add();
  }

  void pass(uint64_t seconds) {
    table_.flush();
    now_ns_ += seconds * kSecond;
    passed_ns_ = seconds * kSecond;
  }

  void look(bool tells) {
    table_.flush();
    table_.expire(now_ns_);
    if (tells) table_.tell_changes([] { return true; });
    require(table_.counts().living <= most_ && table_.counts().living == table_.counts().begun - ended_);
  }

  void end() {
    table_.flush();
    table_.end_all();
    require(ended_ == table_.counts().begun && table_.counts().living == 0);
    require(told_.size() == sent_.size());
    for (const auto& [flow, sum] : sent_) require(told_.at(flow) == sum);
  }

 private:
  FlowLimits limits(size_t most) {
    most_ = most;
    limits_.most_flows = most;
    return limits_;
  }

  void take(const flow_record& record) {
    // Once it has ended nothing is told of an id.
    bool& is_over = is_over_[record.id];
    require(!is_over);
    require(record.first_ns <= record.last_ns && record.last_ns <= now_ns_);
    if (record.phase == PHASE_UPDATE) return;
    is_over = true;
    ended_++;
    if (record.end_reason == END_IDLE) {
      require(now_ns_ - record.last_ns > limits_.other_idle_ns);
      require(now_ns_ - record.last_ns <= limits_.other_idle_ns + passed_ns_ + kLatestEnd);
    } else if (record.end_reason == END_EVICTED) {
      require(table_.counts().living == most_);
    } else {
      require(record.end_reason == END_CAPTURE);
    }
    uint32_t flow;
    memcpy(&flow, record.client_address, sizeof flow);
    Sum& sum = told_[flow];
    sum.packets[0] += record.client.packets;
    sum.packets[1] += record.server.packets;
    sum.bytes[0] += record.client.bytes;
    sum.bytes[1] += record.server.bytes;
  }

  FlowLimits limits_;
  size_t most_ = 0;
  uint64_t now_ns_ = 1'700'000'000 * kSecond;
  uint64_t passed_ns_ = 0;
  uint64_t ended_ = 0;
  std::map<uint32_t, Sum> sent_;
  std::map<uint32_t, Sum> told_;
  std::unordered_map<uint64_t, bool> is_over_;
  FlowTable table_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes input(data, size);
  if (!input.has(1)) return 0;
  Model model(kSizes[input.u8(0) % std::size(kSizes)]);
  size_t packets = 0;
  for (input = input.from(1); input.has(5) && packets < kMostPackets; input = input.from(5)) {
    model.pass(input.u8(4));
    const uint32_t count = 1u << input.u8(0) % (kLongestRun + 1);
    for (uint32_t i = 0; i < count; i++, packets++) {
      model.send(input.u16(1) + i, (input.u8(3) & 1) != 0, 28u + input.u8(3));
    }
    model.look((input.u8(3) & 2) != 0);
  }
  model.end();
  return 0;
}
