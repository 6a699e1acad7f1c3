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
/** Words of changed flows' bits between two questions whether to go on. */
constexpr uint32_t kToldAtOnce = 16;

/** Flows that are ended together: what that needs of all is fetched before the first one is ended. */
constexpr uint64_t kAtOnce = 32;
/** Entries that are fetched before they are looked at, one after another. */
constexpr uint32_t kAhead = 16;
constexpr size_t kCacheLine = 64;
/** Of changed flows' bits in a word. */
constexpr uint32_t kBits = 64;

side_counters counters(const FlowEntry& flow, const FlowDetails& details, int number) {
  const FlowSide& side = flow.sides[number];
  const SideDetails& more = details.sides[number];
  side_counters told = {};
  told.bytes = flow.bytes[number];
  told.packets = static_cast<uint64_t>(details.packets_high[number]) << 32 | side.packets;
  told.retransmits = more.retransmits;
  told.out_of_order = more.out_of_order;
  told.duplicates = more.duplicates;
  told.zero_windows = more.zero_windows;
  told.resets = more.resets;
  told.handshake_rtt_us = more.handshake_rtt_us;
  // Timed is what one side sends and the other acknowledges: it belongs to the one that answers.
  told.data_rtt_us = flow.sides[1 - number].data_rtt_us;
  told.initial_sequence = more.initial_sequence;
  told.tcp_flags = flow.tcp_flags[number];
  return told;
}

}  // namespace

FlowTable::FlowTable(const FlowLimits& limits, Sink sink) : limits_(limits), sink_(std::move(sink)) {}

bool FlowTable::allocate() {
  const size_t most = limits_.most_flows;
  const bool is_mapped = index_.allocate(most) && entry_memory_.map(most * sizeof(FlowEntry)) &&
                         details_memory_.map(most * sizeof(FlowDetails)) &&
                         changed_memory_.map((most / kBits + 1) * sizeof *changed_);
  if (!is_mapped) return false;
  entries_ = static_cast<FlowEntry*>(entry_memory_.data());
  details_ = static_cast<FlowDetails*>(details_memory_.data());
  changed_ = static_cast<uint64_t*>(changed_memory_.data());
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
  for (size_t i = 0; i < arrived_; i++) expect(arrivals_[i]);
  for (size_t i = 0; i < arrived_; i++) fetch_for_handshake(arrivals_[i]);
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

/** What the index alone says; whether it is right is seen once the entry is here. */
void FlowTable::expect(Arrival& arrival) const {
  arrival.expected = index_.find(arrival.hash, [](uint32_t) { return true; });
  if (arrival.expected < 0) return;
  fetch_entry(arrival.expected);
}

/** Only handshakes are in the details of a flow; other packets seldom change anything there. */
void FlowTable::fetch_for_handshake(const Arrival& arrival) const {
  if (arrival.expected < 0 || !arrival.packet.has_tcp) return;
  if (entry(arrival.expected).state <= WIRE_SYN_RECEIVED) fetch_details(arrival.expected);
}

void FlowTable::fetch_entry(uint32_t number) const {
  const auto* lines = reinterpret_cast<const char*>(&entry(number));
  __builtin_prefetch(lines, 1);
  __builtin_prefetch(lines + kCacheLine, 1);
}

void FlowTable::fetch_details(uint32_t number) const { __builtin_prefetch(&details(number), 1); }

void FlowTable::fetch_for_end(uint32_t number) const {
  fetch_entry(number);
  fetch_details(number);
  index_.prefetch(hash(entry(number).key, seed_));
}

int64_t FlowTable::find_expected(const Arrival& arrival) const {
  if (arrival.expected >= 0) {
    const FlowEntry& flow = entry(arrival.expected);
    if (flow.is_used && flow.key == arrival.key) return arrival.expected;
  }
  return find(arrival.key, arrival.hash);
}

void FlowTable::update(Arrival& arrival) {
  const Packet& packet = arrival.packet;
  set_clock(arrival.time_ns);
  int64_t found = find_expected(arrival);
  if (found >= 0 && is_over(entry(found), now_ns_)) {
    end_quiet(found);
    found = -1;
  } else if (found >= 0 && begins_another(entry(found), details(found), arrival.direction, packet)) {
    end(found, END_REUSED);
    found = -1;
  }
  const uint32_t number = found >= 0 ? found : begin(arrival);
  FlowEntry& flow = entry(number);
  FlowSide& side = flow.sides[arrival.direction];
  flow.bytes[arrival.direction] += packet.length;
  if (++side.packets == 0) details(number).packets_high[arrival.direction]++;
  orient(flow, arrival.direction, packet);
  if (packet.has_tcp) track_tcp(flow, details(number), arrival.direction, packet, arrival.time_ns);
  if (packet.is_fragment) {
    flow.flags |= FLOW_FRAGMENTED;
    if (packet.is_later_fragment && packet.tuple.source_port == 0) flow.flags |= FLOW_WITHOUT_PORTS;
  }
  if (packet.is_tunnelled) flow.flags |= FLOW_TUNNELLED;
  if (arrival.time_ns >= flow.last_ns) flow.last_ns = arrival.time_ns;
  else details(number).first_ns = std::min(details(number).first_ns, arrival.time_ns);
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
  flow = {};
  flow.key = arrival.key;
  flow.last_ns = arrival.time_ns;
  flow.is_used = true;
  details(number) = {};
  details(number).first_ns = arrival.time_ns;
  details(number).serial = ++serial_;
  index_.insert(arrival.hash, number);
  counts_.begun++;
  counts_.living++;
  return number;
}

uint32_t FlowTable::free_entry() {
  if (free_ == kNone && untouched_ < limits_.most_flows) return untouched_++;
  if (free_ == kNone) evict();
  const uint32_t number = free_;
  free_ = details(number).serial;
  if (free_ != kNone) {
    fetch_entry(free_);
    fetch_details(free_);
  }
  return number;
}

/** All entries are in use. One that has ended already is better gone than a quiet one. */
void FlowTable::evict() {
  const auto rank = [](const FlowEntry& flow) { return flow.state >= WIRE_CLOSED ? 0 : flow.last_ns; };
  uint32_t chosen = hand_;
  for (uint32_t i = 0; i < kEvictionChoice; i++) {
    if (rank(entry(hand_)) < rank(entry(chosen))) chosen = hand_;
    // For the next one that has to go.
    __builtin_prefetch(entries_ + hand_ + kEvictionChoice);
    hand_ = hand_ + 1 == untouched_ ? 0 : hand_ + 1;
  }
  end(chosen, END_EVICTED);
}

void FlowTable::mark_changed(FlowEntry& flow, uint32_t number) {
  if (flow.is_changed) return;
  flow.is_changed = true;
  changed_[number / kBits] |= uint64_t{1} << number % kBits;
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
  index_.erase(hash(flow.key, seed_), number);
  changed_[number / kBits] &= ~(uint64_t{1} << number % kBits);
  flow.is_used = false;
  details(number).serial = free_;
  free_ = number;
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
  for (uint64_t done = 0; done < due; done += kAtOnce) sweep(std::min(kAtOnce, due - done));
}

/** The next `count` entries, at most kAtOnce. */
void FlowTable::sweep(uint64_t count) {
  uint32_t over[kAtOnce];
  size_t over_count = 0;
  for (uint64_t i = 0; i < count; i++) {
    if (sweep_ >= untouched_) sweep_ = 0;
    const uint32_t number = sweep_++;
    __builtin_prefetch(entries_ + number + kAhead);
    if (!is_over(entry(number), now_ns_)) continue;
    fetch_for_end(number);
    over[over_count++] = number;
  }
  for (size_t i = 0; i < over_count; i++) end_quiet(over[i]);
}

void FlowTable::tell_changes(const std::function<bool()>& may_go_on) {
  const uint32_t words = untouched_ / kBits + 1;
  for (uint32_t i = 0; i < words; i++) {
    if (i % kToldAtOnce == 0 && !may_go_on()) return;
    if (told_ >= words) told_ = 0;
    uint64_t& bits = changed_[told_];
    while (bits != 0) {
      tell_change(told_ * kBits + __builtin_ctzll(bits));
      bits &= bits - 1;
    }
    told_++;
  }
}

void FlowTable::tell_change(uint32_t number) {
  FlowEntry& flow = entry(number);
  flow.is_changed = false;
  tell(flow, number, PHASE_UPDATE, END_NONE);
}

void FlowTable::end_all() {
  for (uint64_t first = 0; first < untouched_; first += kAtOnce) {
    const auto last = static_cast<uint32_t>(std::min<uint64_t>(first + kAtOnce, untouched_));
    for (uint32_t number = first; number < last; number++) {
      if (entry(number).is_used) fetch_for_end(number);
    }
    for (uint32_t number = first; number < last; number++) {
      if (entry(number).is_used) end(number, END_CAPTURE);
    }
  }
}

void FlowTable::tell(const FlowEntry& flow, uint32_t number, flow_phase phase, end_reason reason) const {
  const bool a_is_client = flow.client == 0;
  flow_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_FLOW, flow.last_ns};
  record.id = id(number);
  record.first_ns = details(number).first_ns;
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
  record.client = counters(flow, details(number), flow.client);
  record.server = counters(flow, details(number), 1 - flow.client);
  sink_(record);
}
