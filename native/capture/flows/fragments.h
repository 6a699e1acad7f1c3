#pragma once

#include <array>
#include <memory>

#include "flow_key.h"

/** Ports of packets that came in fragments: only the first one has them. A fixed number is remembered, each for a while. */
class Fragments {
 public:
  explicit Fragments(const HashSeed& seed) : seed_(seed), sets_(new Set[kSets]()) {}

  /** Remembers the ports of a first fragment, gives them to a later one. False: its first one was not seen. */
  bool resolve(Packet& packet, uint64_t time_ns);

 private:
  struct Known {
    uint64_t hash;
    uint32_t until_s;
    uint16_t source_port;
    uint16_t destination_port;
  };
  using Set = std::array<Known, 4>;

  static constexpr size_t kSets = 1024;
  /** What a receiver waits for the rest of a packet (RFC 1122 3.3.2: 60 to 120 s; Linux: 30 s). */
  static constexpr uint32_t kSeconds = 60;

  void remember(const Packet& packet, uint64_t hash, uint32_t now_s);

  const HashSeed seed_;
  std::unique_ptr<Set[]> sets_;
};
