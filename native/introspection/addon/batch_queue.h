#pragma once

#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "batch.h"

/** Batches from a source's thread that JavaScript has not taken yet. The source sees to it that they are not too many. */
class BatchQueue {
 public:
  /** True when it was empty: then JavaScript has to be told. */
  bool push(std::unique_ptr<Batch> batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    batches_.push_back(std::move(batch));
    return batches_.size() == 1;
  }

  /** Bytes of the batch copied to `memory`; 0: there is none; negative: it stays, for it needs so many. */
  int64_t take(uint8_t* memory, size_t size) {
    std::unique_ptr<Batch> batch;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (batches_.empty()) return 0;
      const auto needed = static_cast<int64_t>(batches_.front()->bytes().size());
      if (needed > static_cast<int64_t>(size)) return -needed;
      batch = std::move(batches_.front());
      batches_.pop_front();
    }
    memcpy(memory, batch->bytes().data(), batch->bytes().size());
    batch->progress->delivered += batch->records();
    batch->progress->outstanding_bytes -= batch->bytes().size();
    return static_cast<int64_t>(batch->bytes().size());
  }

  void clear() {
    const std::lock_guard<std::mutex> lock(mutex_);
    batches_.clear();
  }

 private:
  std::mutex mutex_;
  std::deque<std::unique_ptr<Batch>> batches_;
};
