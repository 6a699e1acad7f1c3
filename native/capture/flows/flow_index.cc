#include "flow_index.h"

#include <algorithm>

namespace {

constexpr size_t kFirstCapacity = 1024;

/** By half, in whole pairs of cache lines. */
size_t larger(size_t capacity) { return (capacity + capacity / 2) & ~size_t{15}; }

}  // namespace

bool FlowIndex::allocate(size_t largest) {
  largest_capacity_ = kFirstCapacity;
  while (most_used(largest_capacity_) < largest) largest_capacity_ = larger(largest_capacity_);
  for (MappedMemory& memory : memories_) {
    if (!memory.map(largest_capacity_ * sizeof(Slot))) return false;
  }
  current_ = {static_cast<Slot*>(memories_[0].data()), kFirstCapacity};
  return true;
}

void FlowIndex::grow() {
  former_ = current_;
  moved_ = 0;
  MappedMemory& other = memories_[former_.slots == memories_[0].data() ? 1 : 0];
  current_ = {static_cast<Slot*>(other.data()), std::min(larger(former_.capacity), largest_capacity_)};
}

void FlowIndex::move_some() {
  for (size_t i = 0; i < kMovedAtOnce; i++, moved_++) {
    Slot& slot = former_.slots[moved_];
    if (slot.place == 0 || slot.place == kBuried) continue;
    current_.insert(slot);
    slot.place = kBuried;
  }
  if (moved_ < former_.capacity) return;
  memories_[former_.slots == memories_[0].data() ? 0 : 1].give_back(former_.capacity * sizeof(Slot));
  former_ = {};
}

/** Those behind it move up as far as they may, so that none is cut off from its home. */
bool FlowIndex::Slots::erase(uint32_t tag, uint32_t place) {
  const Slot* found = find_place(tag, place);
  if (found == nullptr) return false;
  const auto distance = [this](size_t from, size_t to) { return to >= from ? to - from : to + capacity - from; };
  size_t gap = found - slots;
  for (size_t at = next(gap); slots[at].place != 0; at = next(at)) {
    if (distance(home(slots[at].tag), at) < distance(gap, at)) continue;
    slots[gap] = slots[at];
    gap = at;
  }
  slots[gap].place = 0;
  return true;
}

void FlowIndex::Slots::bury(uint32_t tag, uint32_t place) {
  if (Slot* found = capacity == 0 ? nullptr : find_place(tag, place)) found->place = kBuried;
}
