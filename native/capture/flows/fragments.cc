#include "fragments.h"

namespace {
constexpr uint64_t kSecond = 1'000'000'000;
}

bool Fragments::resolve(Packet& packet, uint64_t time_ns) {
  if (!packet.is_fragment) return true;
  const auto now_s = static_cast<uint32_t>(time_ns / kSecond);
  const uint64_t hash = fragment_hash(packet, seed_);
  if (!packet.is_later_fragment) {
    remember(packet, hash, now_s);
    return true;
  }
  for (const Known& known : sets_[hash % kSets]) {
    if (known.hash != hash || known.until_s < now_s) continue;
    packet.tuple.source_port = known.source_port;
    packet.tuple.destination_port = known.destination_port;
    return true;
  }
  return false;
}

void Fragments::remember(const Packet& packet, uint64_t hash, uint32_t now_s) {
  Known* place = nullptr;
  for (Known& known : sets_[hash % kSets]) {
    if (known.hash == hash) {
      place = &known;
      break;
    }
    if (place == nullptr || known.until_s < place->until_s) place = &known;
  }
  *place = {hash, now_s + kSeconds, packet.tuple.source_port, packet.tuple.destination_port};
}
