#include "beginnings.h"

#include <algorithm>

namespace {

constexpr uint64_t kSecond = 1'000'000'000;

uint32_t seconds(uint64_t time_ns) { return static_cast<uint32_t>(time_ns / kSecond); }

/** Of the payload's first byte: a SYN, which may have some (RFC 7413), comes before it. */
uint32_t payload_sequence(const Packet& packet) {
  return packet.sequence + ((packet.tcp_flags & tcp_flag::kSyn) != 0 ? 1 : 0);
}

}  // namespace

void Beginning::begin(uint64_t hash, const Packet& packet, const Look& look, uint32_t now_s) {
  hash_ = hash;
  sequence_ = payload_sequence(packet) + static_cast<uint32_t>(look.finished);
  finished_ = static_cast<uint32_t>(look.finished);
  looks_ = 0;
  told = 0;
  for (Part& part : parts_) part = {};
  add(packet);
  wait_for(look, now_s);
}

bool Beginning::is_of(uint64_t hash, const Packet& packet, uint32_t now_s) const {
  const uint32_t start = payload_sequence(packet) - (sequence_ - finished_);
  return is_kept() && hash_ == hash && until_s_ >= now_s && start < finished_ + kCapacity;
}

Beginning::Added Beginning::add(const Packet& packet) {
  // What is finished may be sent again, with more behind it.
  const uint32_t again = sequence_ - payload_sequence(packet);
  const bool is_again = again <= finished_;
  const Bytes payload = is_again ? packet.payload.from(again) : packet.payload;
  const uint32_t start = is_again ? 0 : payload_sequence(packet) - sequence_;
  if (start >= kCapacity) return Added::kNothing;
  const auto size = std::min(payload.size(), kCapacity - start);
  const auto end = static_cast<uint32_t>(start + size);
  const uint32_t before = parts_[0].end;
  if (end <= before) return Added::kNothing;
  Part* const place = place_for(start, end);
  if (place == nullptr) return Added::kNoRoom;
  memcpy(data_ + start, payload.data(), size);
  *place = place->end == 0 ? Part{start, end} : Part{std::min(place->start, start), std::max(place->end, end)};
  join();
  added_ = before;
  return parts_[0].end > before ? Added::kMore : Added::kNothing;
}

/** The part that it touches, or one that is empty: it ends at 0. The first one is there from the beginning on, and begins at 0. */
Beginning::Part* Beginning::place_for(uint32_t start, uint32_t end) {
  for (Part& part : parts_) {
    const bool is_there = part.end != 0 || &part == parts_;
    if (is_there && start <= part.end && end >= part.start) return &part;
  }
  Part* const empty = std::find_if(parts_ + 1, parts_ + kParts, [](const Part& part) { return part.end == 0; });
  return empty == parts_ + kParts ? nullptr : empty;
}

bool Beginning::is_worth_a_look() const {
  if (is_full()) return true;
  if (needed_ > 0) return parts_[0].end >= needed_;
  return memchr(data_ + added_, '\n', parts_[0].end - added_) != nullptr;
}

bool Beginning::go_on(const Look& look, uint32_t now_s) {
  if (look.finished > 0) {
    drop(static_cast<uint32_t>(look.finished));
    looks_ = 0;
  }
  wait_for(look, now_s);
  return !is_full() && looks_ < kMostLooks;
}

void Beginning::wait_for(const Look& look, uint32_t now_s) {
  until_s_ = now_s + kSeconds;
  looks_++;
  const size_t doubled = std::max(kLeastDoubled, 2 * bytes().size());
  needed_ = look.needed == 0 ? 0 : static_cast<uint32_t>(std::min({look.needed - look.finished, doubled, kCapacity}));
}

void Beginning::drop(uint32_t count) {
  const Part* last = std::max_element(parts_, parts_ + kParts, [](auto& one, auto& other) { return one.end < other.end; });
  memmove(data_, data_ + count, last->end - count);
  for (Part& part : parts_) {
    if (part.end == 0) continue;
    part = {part.start - std::min(part.start, count), part.end - count};
  }
  sequence_ += count;
  finished_ = std::min(finished_ + count, kMostFinished);
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

Beginning* Beginnings::keep(const Packet& packet, const Look& look, uint64_t time_ns) {
  if (sets_ == nullptr) {
    if (!memory_.map(kSets * sizeof(Set))) {
      unread_++;
      return nullptr;
    }
    sets_ = static_cast<Set*>(memory_.data());
  }
  const uint32_t now_s = seconds(time_ns);
  const uint64_t hash = hash_of(packet);
  Set& set = sets_[(hash >> 1) % kSets];
  const auto is_older = [](const Beginning& one, const Beginning& other) { return one.until_s() < other.until_s(); };
  Beginning& place = *std::min_element(set, set + kWays, is_older);
  if (place.is_kept()) unread_++;
  place.begin(hash, packet, look, now_s);
  latest_until_s_ = std::max(latest_until_s_, place.until_s());
  return &place;
}

void Beginnings::go_on(Beginning& beginning, const Look& look, uint64_t time_ns) {
  if (look.is_too_long || (look.is_incomplete && !beginning.go_on(look, seconds(time_ns)))) give_up(&beginning);
  else if (!look.is_incomplete) beginning.forget();
  latest_until_s_ = std::max(latest_until_s_, beginning.until_s());
}

void Beginnings::give_up(Beginning* beginning) {
  unread_++;
  if (beginning != nullptr) beginning->forget();
}

void Beginnings::end() {
  if (sets_ == nullptr) return;
  for (size_t i = 0; i < kSets; i++) {
    for (Beginning& beginning : sets_[i]) {
      if (beginning.is_kept()) give_up(&beginning);
    }
  }
}
