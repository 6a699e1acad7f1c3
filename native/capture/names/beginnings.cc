#include "beginnings.h"

#include <algorithm>

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

uint32_t seconds(uint64_t time_ns) { return static_cast<uint32_t>(time_ns / kSecond); }

}  // namespace

void Beginning::begin(uint64_t hash, const Packet& packet, uint32_t now_s) {
  hash_ = hash;
  until_s_ = now_s + kSeconds;
  sequence_ = packet.sequence;
  told = 0;
  for (Part& part : parts_) part = {};
  add(packet);
}

bool Beginning::is_of(uint64_t hash, const Packet& packet, uint32_t now_s) const {
  return hash_ == hash && until_s_ >= now_s && packet.sequence - sequence_ < kCapacity;
}

bool Beginning::add(const Packet& packet) {
  const uint32_t start = packet.sequence - sequence_;
  const auto size = std::min(packet.payload.size(), kCapacity - start);
  const auto end = static_cast<uint32_t>(start + size);
  const uint32_t before = parts_[0].end;
  // The first one begins at 0; others are empty when they end there.
  size_t place = start <= before ? 0 : 1;
  while (place > 0 && place < kParts && parts_[place].end != 0) place++;
  if (end <= before || place == kParts) return false;
  memcpy(data_ + start, packet.payload.data(), size);
  if (place == 0) parts_[0].end = end;
  else parts_[place] = {start, end};
  join();
  return parts_[0].end > before;
}

/** What came early is joined as soon as the bytes in front of it are there; that takes a round for each part at most. */
void Beginning::join() {
  for (size_t round = 1; round < kParts; round++) {
    for (size_t i = 1; i < kParts; i++) {
      if (parts_[i].end == 0 || parts_[i].start > parts_[0].end) continue;
      parts_[0].end = std::max(parts_[0].end, parts_[i].end);
      parts_[i] = {};
    }
  }
}

uint64_t Beginnings::hash_of(const Packet& packet) const {
  int direction;
  const FlowKey key = flow_key(packet.tuple, packet.vlan, direction);
  return hash(key, seed_) ^ static_cast<uint64_t>(direction);
}

Beginning* Beginnings::find(const Packet& packet, uint64_t time_ns) {
  const uint32_t now_s = seconds(time_ns);
  if (sets_ == nullptr || now_s > latest_until_s_) return nullptr;
  const uint64_t hash = hash_of(packet);
  for (Beginning& beginning : sets_[(hash >> 1) % kSets]) {
    if (beginning.is_of(hash, packet, now_s)) return &beginning;
  }
  return nullptr;
}

Beginning* Beginnings::keep(const Packet& packet, uint64_t time_ns) {
  if (sets_ == nullptr) {
    if (!memory_.map(kSets * sizeof(Set))) return nullptr;
    sets_ = static_cast<Set*>(memory_.data());
  }
  const uint32_t now_s = seconds(time_ns);
  const uint64_t hash = hash_of(packet);
  Set& set = sets_[(hash >> 1) % kSets];
  const auto is_older = [](const Beginning& one, const Beginning& other) { return one.until_s() < other.until_s(); };
  Beginning& place = *std::min_element(set, set + kWays, is_older);
  if (place.until_s() >= now_s) displaced_++;
  place.begin(hash, packet, now_s);
  latest_until_s_ = std::max(latest_until_s_, place.until_s());
  return &place;
}
