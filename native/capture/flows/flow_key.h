#pragma once

#include <cstdint>
#include <cstring>

#include "packet.h"

/** A conversation, the same for both directions: the lower end of the two is `a`. */
struct FlowKey {
  Address a;
  Address b;
  uint16_t port_a;
  uint16_t port_b;
  uint16_t vlan;
  uint8_t protocol;
  uint8_t ip_version;

  bool operator==(const FlowKey& other) const {
    uint64_t mine[5];
    uint64_t others[5];
    memcpy(mine, this, sizeof mine);
    memcpy(others, &other, sizeof others);
    uint64_t difference = 0;
    for (int i = 0; i < 5; i++) difference |= mine[i] ^ others[i];
    return difference == 0;
  }
};
static_assert(sizeof(FlowKey) == 40, "compared and hashed as words, so without gaps");

/** `direction`: 0 when the tuple goes from a to b, else 1. */
FlowKey flow_key(const FlowTuple& tuple, uint16_t vlan, int& direction);

/** Values that nobody outside knows, so that nobody can choose addresses that all meet in one place of a table. */
struct HashSeed {
  uint64_t words[6];
  /** From the kernel's random numbers. */
  static HashSeed random();
};

uint64_t hash(const FlowKey& key, const HashSeed& seed);
/** Of what the fragments of one packet have in common. */
uint64_t fragment_hash(const Packet& packet, const HashSeed& seed);
