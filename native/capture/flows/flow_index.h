#pragma once

#include <cstddef>
#include <cstdint>

#include "mapped_memory.h"

/**
 * From a key's hash to the entry's number: open addressing in four bytes a flow, half of them at most in use. Its size
 * is that of the largest table from the beginning, so that it never stops to grow; memory is taken as it is touched.
 */
class FlowIndex {
 public:
  static constexpr int kNumberBits = 21;

  bool allocate(size_t largest);

  void prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }

  /** Calls `matches(number)` for entries whose hash is probably this one, until it returns true. -1: none did. */
  template <typename Matches>
  int64_t find(uint64_t hash, Matches matches) const {
    for (size_t at = hash & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      if ((slots_[at] ^ tag(hash)) >> kNumberBits == 0 && matches(number(slots_[at]))) return number(slots_[at]);
    }
    return -1;
  }

  void insert(uint64_t hash, uint32_t number) {
    size_t at = hash & mask_;
    while (slots_[at] != 0) at = (at + 1) & mask_;
    slots_[at] = tag(hash) | (number + 1);
  }

  /** `hash_of(number)`: of those that may have to move up, so that none of them is cut off. */
  template <typename HashOf>
  void erase(uint64_t hash, uint32_t number_, HashOf hash_of) {
    size_t gap = hash & mask_;
    while (number(slots_[gap]) != number_ || slots_[gap] == 0) gap = (gap + 1) & mask_;
    for (size_t at = (gap + 1) & mask_; slots_[at] != 0; at = (at + 1) & mask_) {
      const size_t home = hash_of(number(slots_[at])) & mask_;
      if (((at - home) & mask_) < ((at - gap) & mask_)) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = 0;
  }

 private:
  /** The upper bits of a slot are those of the hash that do not choose the slot. */
  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32) & ~((1u << kNumberBits) - 1); }
  static uint32_t number(uint32_t slot) { return (slot & ((1u << kNumberBits) - 1)) - 1; }

  MappedMemory memory_;
  uint32_t* slots_ = nullptr;
  size_t mask_ = 0;
};
