#include "flow_key.h"

#include <endian.h>
#include <sys/random.h>

namespace {

uint64_t word(const void* at) {
  uint64_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

/** As memcmp, which is a call for each packet. */
int compare(const Address& one, const Address& other) {
  for (size_t at = 0; at < sizeof(Address); at += sizeof(uint64_t)) {
    const uint64_t mine = be64toh(word(one.bytes + at));
    const uint64_t others = be64toh(word(other.bytes + at));
    if (mine != others) return mine < others ? -1 : 1;
  }
  return 0;
}

/** Both halves of the product depend on all bits of both factors. */
uint64_t mix(uint64_t x, uint64_t y) {
  const auto product = static_cast<unsigned __int128>(x) * y;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t hash_addresses(const Address& a, const Address& b, const HashSeed& seed) {
  return mix(word(a.bytes) ^ seed.words[0], word(a.bytes + 8) ^ seed.words[1]) +
         mix(word(b.bytes) ^ seed.words[2], word(b.bytes + 8) ^ seed.words[3]);
}

}  // namespace

HashSeed HashSeed::random() {
  HashSeed seed;
  // Blocks only until the kernel has its first random numbers, at boot; up to 256 bytes come whole.
  (void)!getrandom(&seed, sizeof seed, 0);
  return seed;
}

FlowKey flow_key(const FlowTuple& tuple, uint16_t vlan, int& direction) {
  FlowKey key;
  const int order = compare(tuple.source, tuple.destination);
  direction = order > 0 || (order == 0 && tuple.source_port > tuple.destination_port) ? 1 : 0;
  key.a = direction == 0 ? tuple.source : tuple.destination;
  key.b = direction == 0 ? tuple.destination : tuple.source;
  key.port_a = direction == 0 ? tuple.source_port : tuple.destination_port;
  key.port_b = direction == 0 ? tuple.destination_port : tuple.source_port;
  key.vlan = vlan;
  key.protocol = tuple.protocol;
  key.ip_version = tuple.ip_version;
  return key;
}

uint64_t hash(const FlowKey& key, const HashSeed& seed) {
  return mix(hash_addresses(key.a, key.b, seed) ^ seed.words[4], word(&key.port_a) ^ seed.words[5]);
}

uint64_t fragment_hash(const Packet& packet, const HashSeed& seed) {
  const FlowTuple& tuple = packet.tuple;
  const uint64_t rest = static_cast<uint64_t>(packet.fragment_id) << 32 | static_cast<uint64_t>(packet.vlan) << 16 |
                        static_cast<uint64_t>(tuple.protocol) << 8 | tuple.ip_version;
  return mix(hash_addresses(tuple.source, tuple.destination, seed) ^ seed.words[5], rest ^ seed.words[4]);
}
