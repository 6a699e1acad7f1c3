#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>

#include "batch.h"
#include "record_source.h"
#include "wall_clock.h"

/** Gathers the records of a source that makes them itself into batches, and hands those over. */
class RecordWriter {
 public:
  /** `stop`: set from another thread when nobody takes records any more. */
  RecordWriter(RecordSource::Deliver deliver, const std::atomic<bool>& stop)
      : deliver_(std::move(deliver)), stop_(stop) {}

  /** Waits while JavaScript lags, so that one look at very many sockets does not fill the memory. */
  void append(const void* record, size_t size) {
    progress_->made++;
    batch_->append(record, size);
    if (batch_->bytes().size() < kBatchBytes) return;
    hand_over();
    while (javascript_lags() && !stop_) std::this_thread::sleep_for(kPause);
  }

  void hand_over() {
    if (batch_->empty()) return;
    clock_.refresh(nanoseconds(CLOCK_MONOTONIC));
    batch_->seal(clock_.offset_ns());
    progress_->outstanding_bytes += batch_->bytes().size();
    deliver_(std::move(batch_));
    batch_ = std::make_unique<Batch>(progress_);
  }

  /** JavaScript has not taken what it was given: make no more for now. */
  bool javascript_lags() const { return progress_->outstanding_bytes > kOutstandingBytes; }
  const Progress& progress() const { return *progress_; }

 private:
  static constexpr size_t kBatchBytes = 256 * 1024;
  static constexpr uint64_t kOutstandingBytes = 4 * 1024 * 1024;

  static constexpr std::chrono::milliseconds kPause{2};

  const RecordSource::Deliver deliver_;
  const std::atomic<bool>& stop_;
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::unique_ptr<Batch> batch_ = std::make_unique<Batch>(progress_);
  WallClock clock_;
};
