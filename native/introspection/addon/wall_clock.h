#pragma once

#include "batch.h"

/** What to add to CLOCK_MONOTONIC to get the wall clock, which may be stepped or slewed while we run. */
class WallClock {
 public:
  WallClock() { read(nanoseconds(CLOCK_MONOTONIC)); }

  /** Reads it again now and then. */
  void refresh(int64_t now_ns) {
    if (now_ns - read_ns_ > kRefreshNs) read(now_ns);
  }
  int64_t offset_ns() const { return offset_ns_; }

 private:
  static constexpr int64_t kRefreshNs = 30'000'000'000;

  void read(int64_t now_ns) {
    const int64_t before = nanoseconds(CLOCK_MONOTONIC);
    const int64_t wall = nanoseconds(CLOCK_REALTIME);
    const int64_t after = nanoseconds(CLOCK_MONOTONIC);
    offset_ns_ = wall - (before + (after - before) / 2);
    read_ns_ = now_ns;
  }

  int64_t offset_ns_ = 0;
  int64_t read_ns_ = 0;
};
