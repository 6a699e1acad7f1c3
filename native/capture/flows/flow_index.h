#pragma once

#include <cstddef>
#include <cstdint>

#include "mapped_memory.h"

/**
 * From a key's hash to the entry's number: open addressing, eight bytes a slot, at most three quarters of them in use. It
 * begins small. A larger one takes over slot by slot, some with each insertion, so that nobody ever waits for it to grow.
 */
class FlowIndex {
 public:
  /** False: there is not enough memory for so many. Later nothing can fail. */
  bool allocate(size_t largest);

  void prefetch(uint64_t hash) const {
    current_.prefetch(tag(hash));
    if (former_.capacity != 0) former_.prefetch(tag(hash));
  }

  /** Calls `matches(number)` for entries whose hash is most probably this one, until it returns true. -1: none did. */
  template <typename Matches>
  int64_t find(uint64_t hash, Matches matches) const {
    const int64_t found = current_.find(tag(hash), matches);
    return found >= 0 || former_.capacity == 0 ? found : former_.find(tag(hash), matches);
  }

  /** `number` is not in it yet. */
  void insert(uint64_t hash, uint32_t number) {
    if (former_.capacity != 0) move_some();
    else if (used_ >= most_used(current_.capacity) && current_.capacity < largest_capacity_) grow();
    current_.insert({tag(hash), number + 1});
    used_++;
  }

  /** `number` is in it. */
  void erase(uint64_t hash, uint32_t number) {
    if (!current_.erase(tag(hash), number + 1)) former_.bury(tag(hash), number + 1);
    used_--;
  }

  /** Of both tables, while there are two. */
  size_t bytes() const { return (current_.capacity + former_.capacity) * sizeof(Slot); }

 private:
  struct Slot {
    uint32_t tag;
    /** The entry's number + 1; 0: the slot is free. */
    uint32_t place;
  };

  /** It is not free, so that who looks for another one goes on, but what it had has moved or is gone. */
  static constexpr uint32_t kBuried = UINT32_MAX;
  /** Two cache lines of them: then the larger table is complete long before it is too small, too, and the smaller one is gone. */
  static constexpr size_t kMovedAtOnce = 16;

  struct Slots {
    Slot* slots = nullptr;
    /** 0: there are none. */
    size_t capacity = 0;

    /** In the order of tags: what is read from a smaller table in its order is written to a larger one in its order. */
    size_t home(uint32_t tag) const { return tag * uint64_t{capacity} >> 32; }
    size_t next(size_t at) const { return at + 1 == capacity ? 0 : at + 1; }
    void prefetch(uint32_t tag) const { __builtin_prefetch(&slots[home(tag)]); }

    template <typename Matches>
    int64_t find(uint32_t tag, Matches matches) const {
      for (size_t at = home(tag); slots[at].place != 0; at = next(at)) {
        if (slots[at].tag != tag || slots[at].place == kBuried) continue;
        if (matches(slots[at].place - 1)) return slots[at].place - 1;
      }
      return -1;
    }

    void insert(Slot slot) {
      size_t at = home(slot.tag);
      while (slots[at].place != 0) at = next(at);
      slots[at] = slot;
    }

    /** Null: it is not here. */
    Slot* find_place(uint32_t tag, uint32_t place) const {
      for (size_t at = home(tag); slots[at].place != 0; at = next(at)) {
        if (slots[at].place == place) return &slots[at];
      }
      return nullptr;
    }

    bool erase(uint32_t tag, uint32_t place);
    void bury(uint32_t tag, uint32_t place);
  };

  static uint32_t tag(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
  static size_t most_used(size_t capacity) { return capacity / 4 * 3; }

  void grow();
  void move_some();

  /** Each has room for the largest table; memory is taken as it is touched. */
  MappedMemory memories_[2];
  size_t largest_capacity_ = 0;
  Slots current_;
  /** The smaller one, while slots of it have yet to move. */
  Slots former_;
  size_t moved_ = 0;
  size_t used_ = 0;
};
