#pragma once

#include <cstdint>
#include <memory>

#include "batch.h"
#include "record_source.h"
#include "wall_clock.h"

/** Gathers the records of a source that makes them itself into batches, and hands those over. */
class RecordWriter {
 public:
  explicit RecordWriter(RecordSource::Deliver deliver) : deliver_(std::move(deliver)) {}

  void append(const void* record, size_t size) {
    progress_->made++;
    batch_->append(record, size);
    if (batch_->bytes().size() >= kBatchBytes) hand_over();
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

  const RecordSource::Deliver deliver_;
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::unique_ptr<Batch> batch_ = std::make_unique<Batch>(progress_);
  WallClock clock_;
};
