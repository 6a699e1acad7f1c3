#pragma once

#include "flow_key.h"
#include "mapped_memory.h"

/**
 * On all interfaces at once a packet is seen again on each that it passes: a container's on its veth, on the bridge and on
 * the way out. Of each direction of a conversation the interface counts that showed it first. Who has no address yet or one
 * that is only of a segment may be somebody else on each interface: such packets are never the same.
 */
class DeviceChoice {
 public:
  /** False: there is not enough memory. */
  bool allocate();

  /** Whether another interface has shown this packet before. `packet.device` is known. */
  bool is_repeated(const Packet& packet, uint64_t time_ns);

 private:
  /** Of one direction of a conversation. */
  struct Choice {
    /** What the direction is known by; 0: not in use. */
    uint64_t mark;
    uint32_t device;
    /** When that one showed a packet last; milliseconds modulo 2^32. */
    uint32_t shown_ms;
  };

  static int32_t silent_ms(const Choice& choice, uint32_t now_ms);

  static constexpr size_t kBuckets = 1 << 17;
  static constexpr size_t kChoices = 4;

  MappedMemory memory_;
  const HashSeed seed_ = HashSeed::random();
};
