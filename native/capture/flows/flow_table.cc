#include "flow_table.h"

#include <algorithm>

#include "orientation.h"
#include "tcp_tracker.h"

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
/** How long one look at all flows may take; so much later than its time a flow may end. */
constexpr uint64_t kSweepNs = 4 * kSecond;
/** A clock that was set back by more than this goes on from there. */
constexpr uint64_t kClockStepNs = 60 * kSecond;
/** Of so many neighbours the one that was quiet the longest has to go. */
constexpr uint32_t kEvictionChoice = 16;
/** Between two questions whether to go on. */
constexpr size_t kToldAtOnce = 1024;

side_counters counters(const FlowSide& side) {
  side_counters told = {};
  told.bytes = side.bytes;
  told.packets = side.packets;
  told.retransmits = side.retransmits;
  told.out_of_order = side.out_of_order;
  told.duplicates = side.duplicates;
  told.zero_windows = side.zero_windows;
  told.resets = side.resets;
  told.handshake_rtt_us = side.handshake_rtt_us;
  told.initial_sequence = side.initial_sequence;
  told.tcp_flags = side.tcp_flags;
  return told;
}

}  // namespace

FlowTable::FlowTable(const FlowLimits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

bool FlowTable::allocate() {
  if (!index_.allocate(limits_.most_flows) || !memory_.map(limits_.most_flows * sizeof(FlowEntry))) return false;
  entries_ = static_cast<FlowEntry*>(memory_.data());
  return true;
}

void FlowTable::add() {
  Arrival& arrival = arrivals_[arrived_];
  const bool has_ports = fragments_.resolve(arrival.packet, arrival.time_ns);
  if (!has_ports) counts_.fragments_without_ports++;
  arrival.key = flow_key(arrival.packet.tuple, arrival.packet.vlan, arrival.direction);
  arrival.hash = hash(arrival.key, seed_);
  index_.prefetch(arrival.hash);
  if (++arrived_ == kArrivals) flush();
}

void FlowTable::flush() {
  for (size_t i = 0; i < arrived_; i++) prefetch_entry(arrivals_[i]);
  for (size_t i = 0; i < arrived_; i++) update(arrivals_[i]);
  arrived_ = 0;
  expire(now_ns_);
}

uint64_t FlowTable::add_and_identify() {
  const Arrival& arrival = next();
  add();
  // Its place is not taken by another before the next packet comes.
  flush();
  const int64_t found = find(arrival.key, arrival.hash);
  return found < 0 ? 0 : id(found);
}

int64_t FlowTable::find(const FlowKey& key, uint64_t hash) const {
  return index_.find(hash, [&](uint32_t number) { return entry(number).key == key; });
}

void FlowTable::prefetch_entry(const Arrival& arrival) const {
  index_.find(arrival.hash, [&](uint32_t number) {
    const auto* line = reinterpret_cast<const char*>(&entry(number));
    for (size_t at = 0; at < sizeof(FlowEntry); at += 64) __builtin_prefetch(line + at, 1);
    return true;
  });
}

void FlowTable::update(Arrival& arrival) {
  const Packet& packet = arrival.packet;
  set_clock(arrival.time_ns);
  int64_t found = find(arrival.key, arrival.hash);
  if (found >= 0 && is_over(entry(found), now_ns_)) {
    end_quiet(found);
    found = -1;
  } else if (found >= 0 && begins_another(entry(found), arrival.direction, packet)) {
    end(found, END_REUSED);
    found = -1;
  }
  const uint32_t number = found >= 0 ? found : begin(arrival);
  FlowEntry& flow = entry(number);
  FlowSide& side = flow.sides[arrival.direction];
  side.bytes += packet.length;
  side.packets++;
  orient(flow, arrival.direction, packet);
  if (packet.has_tcp) track_tcp(flow, arrival.direction, packet, arrival.time_ns);
  if (packet.is_fragment) {
    flow.flags |= FLOW_FRAGMENTED;
    if (packet.is_later_fragment && packet.tuple.source_port == 0) flow.flags |= FLOW_WITHOUT_PORTS;
  }
  if (packet.is_tunnelled) flow.flags |= FLOW_TUNNELLED;
  flow.first_ns = std::min(flow.first_ns, arrival.time_ns);
  flow.last_ns = std::max(flow.last_ns, arrival.time_ns);
  mark_changed(flow, number);
  if (packet.has_quoted) note_error(packet);
}

/** The flow whose packet an ICMP error quotes. */
void FlowTable::note_error(const Packet& packet) {
  int direction;
  const FlowKey key = flow_key(packet.quoted, packet.vlan, direction);
  const int64_t found = find(key, hash(key, seed_));
  if (found < 0) return;
  FlowEntry& flow = entry(found);
  flow.flags |= FLOW_ICMP_ERROR;
  flow.icmp_type = packet.icmp_type;
  flow.icmp_code = packet.icmp_code;
  mark_changed(flow, found);
}

uint32_t FlowTable::begin(const Arrival& arrival) {
  const uint32_t number = free_entry();
  FlowEntry& flow = entry(number);
  // A flow that was there before may have left the entry on the list.
  const bool is_listed = flow.is_changed;
  flow = {};
  flow.is_changed = is_listed;
  flow.key = arrival.key;
  flow.first_ns = arrival.time_ns;
  flow.last_ns = arrival.time_ns;
  flow.serial = ++serial_;
  flow.is_used = true;
  index_.insert(arrival.hash, number);
  counts_.begun++;
  counts_.living++;
  return number;
}

uint32_t FlowTable::free_entry() {
  if (free_.empty() && untouched_ < limits_.most_flows) return untouched_++;
  if (free_.empty()) evict();
  const uint32_t number = free_.back();
  free_.pop_back();
  return number;
}

/** All entries are in use. One that has ended already is better gone than a quiet one. */
void FlowTable::evict() {
  const auto rank = [](const FlowEntry& flow) { return flow.state >= WIRE_CLOSED ? 0 : flow.last_ns; };
  uint32_t chosen = hand_;
  for (uint32_t i = 0; i < kEvictionChoice; i++) {
    if (rank(entry(hand_)) < rank(entry(chosen))) chosen = hand_;
    hand_ = hand_ + 1 == untouched_ ? 0 : hand_ + 1;
  }
  end(chosen, END_EVICTED);
}

void FlowTable::mark_changed(FlowEntry& flow, uint32_t number) {
  if (flow.is_changed) return;
  flow.is_changed = true;
  changed_.push_back(number);
}

void FlowTable::end(uint32_t number, end_reason reason) {
  FlowEntry& flow = entry(number);
  tell(flow, number, PHASE_END, reason);
  switch (reason) {
    case END_CLOSED:
      counts_.closed++;
      break;
    case END_IDLE:
      counts_.idle++;
      break;
    case END_REUSED:
      counts_.reused++;
      break;
    case END_EVICTED:
      counts_.evicted++;
      break;
    default:
      break;
  }
  counts_.living--;
  index_.erase(hash(flow.key, seed_), number, [this](uint32_t other) { return hash(entry(other).key, seed_); });
  flow.is_used = false;
  free_.push_back(number);
}

void FlowTable::end_quiet(uint32_t number) {
  end(number, entry(number).state >= WIRE_CLOSED ? END_CLOSED : END_IDLE);
}

bool FlowTable::is_over(const FlowEntry& flow, uint64_t now_ns) const {
  if (!flow.is_used || flow.last_ns >= now_ns) return false;
  const uint64_t idle_ns = flow.state >= WIRE_CLOSED               ? limits_.closed_idle_ns
                           : flow.key.protocol == protocol::kTcp ? limits_.tcp_idle_ns
                                                                   : limits_.other_idle_ns;
  return now_ns - flow.last_ns > idle_ns;
}

void FlowTable::set_clock(uint64_t time_ns) {
  if (time_ns > now_ns_ || now_ns_ - time_ns > kClockStepNs) now_ns_ = time_ns;
}

void FlowTable::expire(uint64_t now_ns) {
  set_clock(now_ns);
  if (swept_ns_ == 0 || swept_ns_ > now_ns_) swept_ns_ = now_ns_;
  const uint64_t passed_ns = std::min(now_ns_ - swept_ns_, kSweepNs);
  // In so much time as has passed this many of all are due; rounded down, the rest is due the next time.
  const uint64_t due = untouched_ * passed_ns / kSweepNs;
  if (due == 0) {
    if (untouched_ == 0) swept_ns_ = now_ns_;
    return;
  }
  swept_ns_ = now_ns_;
  for (uint64_t i = 0; i < due; i++) {
    if (sweep_ >= untouched_) sweep_ = 0;
    if (is_over(entry(sweep_), now_ns_)) end_quiet(sweep_);
    sweep_++;
  }
}

void FlowTable::tell_changes(const std::function<bool()>& may_go_on) {
  size_t done = 0;
  while (done < changed_.size() && (done % kToldAtOnce != 0 || may_go_on())) {
    const uint32_t number = changed_[done++];
    FlowEntry& flow = entry(number);
    flow.is_changed = false;
    // It may have ended meanwhile, which was told then.
    if (flow.is_used) tell(flow, number, PHASE_UPDATE, END_NONE);
  }
  changed_.erase(changed_.begin(), changed_.begin() + done);
}

void FlowTable::end_all() {
  for (uint32_t number = 0; number < untouched_; number++) {
    if (entry(number).is_used) end(number, END_CAPTURE);
  }
}

void FlowTable::tell(const FlowEntry& flow, uint32_t number, flow_phase phase, end_reason reason) const {
  const bool a_is_client = flow.client == 0;
  flow_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_FLOW, flow.last_ns};
  record.id = id(number);
  record.first_ns = flow.first_ns;
  record.last_ns = flow.last_ns;
  const FlowKey& key = flow.key;
  memcpy(record.client_address, a_is_client ? &key.a : &key.b, ADDRESS_LENGTH);
  memcpy(record.server_address, a_is_client ? &key.b : &key.a, ADDRESS_LENGTH);
  record.client_port = a_is_client ? key.port_a : key.port_b;
  record.server_port = a_is_client ? key.port_b : key.port_a;
  record.vlan = key.vlan;
  record.protocol = key.protocol;
  record.ip_version = key.ip_version;
  record.phase = phase;
  record.end_reason = reason;
  record.orientation = flow.orientation;
  record.state = flow.state;
  record.flags = flow.flags;
  record.icmp_type = flow.icmp_type;
  record.icmp_code = flow.icmp_code;
  const FlowSide& client = flow.sides[flow.client];
  const FlowSide& server = flow.sides[1 - flow.client];
  record.client = counters(client);
  record.server = counters(server);
  // Timed is what one side sends and the other acknowledges: it belongs to the one that answers.
  record.client.data_rtt_us = server.data_rtt_us;
  record.server.data_rtt_us = client.data_rtt_us;
  sink_(record);
}
