#pragma once

#include <functional>

#include "flow_entry.h"
#include "flow_index.h"
#include "fragments.h"

struct FlowLimits {
  size_t most_flows = 1 << 20;
  /** Silence after which a flow is over. */
  uint64_t tcp_idle_ns = 300'000'000'000;
  uint64_t other_idle_ns = 60'000'000'000;
  /** The same after both sides have closed, or one has reset: late segments still find it. */
  uint64_t closed_idle_ns = 10'000'000'000;
};

struct FlowCounts {
  uint64_t begun = 0;
  uint64_t living = 0;
  uint64_t closed = 0;
  uint64_t idle = 0;
  uint64_t reused = 0;
  uint64_t evicted = 0;
  /** Packets that are fragments whose first one was not seen. */
  uint64_t fragments_without_ports = 0;
};

/** A decoded packet on its way into the table. */
struct Arrival {
  Packet packet;
  uint64_t time_ns;
  FlowKey key;
  uint64_t hash;
  int direction;
  /** The entry that most probably is its flow's; negative: none was. */
  int64_t expected;
};

/**
 * Flows of packets. Packets are taken some at a time, so that the memory that one needs is fetched while others are
 * worked on; `flush` before looking at what came of them.
 */
class FlowTable {
 public:
  /** Gets what is told of a flow: its changes and its end. */
  using Sink = std::function<void(const flow_record&)>;

  static constexpr size_t kLargest = (size_t{1} << FLOW_NUMBER_BITS) - 2;

  FlowTable(const FlowLimits& limits, Sink sink);

  /** False: there is not enough memory. */
  bool allocate();

  /** Where to decode the next packet to. */
  Arrival& next() { return arrivals_[arrived_]; }
  /** `next()` is a packet. */
  void add();
  void flush();
  /** The same as `add`, at once: the id of its flow. */
  uint64_t add_and_identify();

  /** Ends what has been quiet for too long. Packets see to it themselves; this is for when none come. */
  void expire(uint64_t now_ns);
  /** Tells the flows that changed since they were told last, as long as `may_go_on`; the others the next time. */
  void tell_changes(const std::function<bool()>& may_go_on);
  void end_all();

  const FlowCounts& counts() const { return counts_; }

 private:
  static constexpr size_t kArrivals = 32;
  static constexpr uint32_t kNone = UINT32_MAX;

  FlowEntry& entry(uint32_t number) const { return entries_[number]; }
  FlowDetails& details(uint32_t number) const { return details_[number]; }
  uint64_t id(uint32_t number) const { return static_cast<uint64_t>(details(number).serial) << FLOW_NUMBER_BITS | number; }
  int64_t find(const FlowKey& key, uint64_t hash) const;
  void expect(Arrival& arrival) const;
  void fetch_for_handshake(const Arrival& arrival) const;
  int64_t find_expected(const Arrival& arrival) const;
  void fetch_entry(uint32_t number) const;
  void fetch_details(uint32_t number) const;
  void fetch_for_end(uint32_t number) const;
  void update(Arrival& arrival);
  uint32_t begin(const Arrival& arrival);
  uint32_t free_entry();
  void evict();
  void tell_change(uint32_t number);
  void note_error(const Packet& packet);
  void mark_changed(FlowEntry& flow, uint32_t number);
  void end(uint32_t number, end_reason reason);
  void end_quiet(uint32_t number);
  bool is_over(const FlowEntry& flow, uint64_t now_ns) const;
  void set_clock(uint64_t time_ns);
  void sweep(uint64_t count);
  void tell(const FlowEntry& flow, uint32_t number, flow_phase phase, end_reason reason) const;

  const FlowLimits limits_;
  const Sink sink_;
  const HashSeed seed_ = HashSeed::random();
  Fragments fragments_{seed_};
  FlowIndex index_;
  MappedMemory entry_memory_;
  MappedMemory details_memory_;
  MappedMemory changed_memory_;
  FlowEntry* entries_ = nullptr;
  FlowDetails* details_ = nullptr;
  /** Entries from here on were never used. */
  uint32_t untouched_ = 0;
  /** The first of those that are no longer in use. */
  uint32_t free_ = kNone;
  /** A bit for each entry: its changes were not handed over yet. */
  uint64_t* changed_ = nullptr;
  /** The word of them that is looked at next. */
  uint32_t told_ = 0;
  uint32_t hand_ = 0;
  uint32_t sweep_ = 0;
  uint32_t serial_ = 0;
  uint64_t now_ns_ = 0;
  uint64_t swept_ns_ = 0;
  FlowCounts counts_;
  Arrival arrivals_[kArrivals];
  size_t arrived_ = 0;
};
