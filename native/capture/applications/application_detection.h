#pragma once

#include <memory>

#include "application_library.h"
#include "flow_key.h"

/** flows = recognized + unknown + crowded_out + those that are being looked at. */
struct ApplicationCounts {
  uint64_t flows = 0;
  uint64_t recognized = 0;
  /** The first packets told nothing, or no more of them came. */
  uint64_t unknown = 0;
  /** Not looked at: too many others were, at once or in this interval. */
  uint64_t crowded_out = 0;
};

/**
 * Which application talks in a flow, by the first packets with payload that are seen of it. What is kept is of a fixed size, but for what the library keeps of the flows that are looked at: kMostFlows.
 */
class ApplicationDetection {
 public:
  static constexpr size_t kMostFlows = 4096;

  /** `idle_ns`: silence after which a flow that is not TCP is over, and the next packet is of another one. */
  ApplicationDetection(const ApplicationLibrary& library, uint64_t idle_ns) : library_(library), idle_s_(idle_ns / 1'000'000'000) {}
  ~ApplicationDetection();
  ApplicationDetection(const ApplicationDetection&) = delete;
  ApplicationDetection& operator=(const ApplicationDetection&) = delete;

  /** False: there is not enough memory. */
  bool open();
  /** True when the packet tells what its flow's application is, or that it is another one than was told: `name`. */
  bool look(const Packet& packet, uint64_t time_ns, ApplicationName& name);
  /** So many flows may begin to be looked at from now on. */
  void allow(uint32_t flows) { allowed_ = flows; }
  /** There are no more packets. */
  void end_all();
  const ApplicationCounts& counts() const { return counts_; }

 private:
  enum Progress : uint32_t { kNew, kBegun, kLooking, kDone };

  /** What is remembered of many flows: the rest of the hash that led here, and when the last packet came. */
  struct Mark {
    uint32_t hash;
    uint32_t seconds : 30;
    uint32_t progress : 2;
  };

  /** A flow that is being looked at. */
  struct Place {
    uint64_t hash;
    uint64_t last_ns;
    /** Null: nobody's. */
    void* flow;
    uint32_t packets;
    /** Of the name that was told. */
    uint32_t told;
  };

  static constexpr size_t kWays = 8;
  static constexpr size_t kMarks = 1 << 17;

  Mark& mark_of(const Packet& packet, uint64_t hash, uint64_t time_ns);
  Place* set_of(uint64_t hash) { return &places_[hash % (kMostFlows / kWays) * kWays]; }
  static uint64_t held_until(const Place& place);
  Place* find(uint64_t hash);
  Place* begin(uint64_t hash, uint64_t time_ns);
  bool take(Place& place, const Packet& packet, uint64_t time_ns, ApplicationName& name);
  void end(Place& place);

  const ApplicationLibrary& library_;
  const uint64_t idle_s_;
  const HashSeed seed_ = HashSeed::random();
  void* detector_ = nullptr;
  std::unique_ptr<Place[]> places_;
  std::unique_ptr<Mark[]> marks_;
  uint32_t allowed_ = UINT32_MAX;
  ApplicationCounts counts_;
};
