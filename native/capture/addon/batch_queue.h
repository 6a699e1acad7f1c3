#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "flow_layout.h"

/** Records on their way to JavaScript: a batch_header, then one after another. */
using Batch = std::vector<uint8_t>;

/** Batches from the capturing thread that JavaScript has not taken yet. The thread sees to it that they are not too many. */
class BatchQueue {
 public:
  /** True when it was empty: then JavaScript has to be told. */
  bool push(Batch batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    bytes_ += batch.size();
    batches_.push_back(std::move(batch));
    return batches_.size() == 1;
  }

  /** Bytes of the batch copied to `memory`; 0: there is none; negative: it stays, for it needs so many. */
  int64_t take(uint8_t* memory, size_t size) {
    Batch batch;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (batches_.empty()) return 0;
      const auto needed = static_cast<int64_t>(batches_.front().size());
      if (needed > static_cast<int64_t>(size)) return -needed;
      batch = std::move(batches_.front());
      batches_.pop_front();
      bytes_ -= batch.size();
    }
    memcpy(memory, batch.data(), batch.size());
    return static_cast<int64_t>(batch.size());
  }

  void clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    batches_.clear();
    bytes_ = 0;
  }

  size_t bytes() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return bytes_;
  }

 private:
  std::mutex mutex_;
  std::deque<Batch> batches_;
  size_t bytes_ = 0;
};
