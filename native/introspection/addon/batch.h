#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <vector>

#include "record_layout.h"

/** How far records have come, shared by the reading thread and JavaScript's. */
struct Progress {
  /** Made here, not in the kernel: updates and ends of UDP conversations. */
  std::atomic<uint64_t> made{0};
  std::atomic<uint64_t> delivered{0};
  /** Handed to JavaScript's queue and not yet taken from it. */
  std::atomic<uint64_t> outstanding_bytes{0};
};

/** Records on their way to JavaScript: a batch_header, then one after another. */
class Batch {
 public:
  explicit Batch(std::shared_ptr<Progress> progress) : progress(std::move(progress)) {
    bytes_.resize(sizeof(batch_header));
  }

  void append(const void* record, size_t size) {
    const auto* from = static_cast<const uint8_t*>(record);
    bytes_.insert(bytes_.end(), from, from + size);
    records_++;
  }

  /** Writes the header; the batch is then complete. */
  void seal(int64_t wall_offset_ns) {
    auto* header = reinterpret_cast<batch_header*>(bytes_.data());
    header->size = sizeof *header;
    header->version = RECORD_VERSION;
    header->wall_offset_ns = wall_offset_ns;
  }

  bool empty() const { return records_ == 0; }
  uint64_t records() const { return records_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

  const std::shared_ptr<Progress> progress;

 private:
  std::vector<uint8_t> bytes_;
  uint64_t records_ = 0;
};

inline int64_t nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}
