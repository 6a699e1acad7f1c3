#pragma once

#include "batch_queue.h"

/** Gathers records into batches and puts those into the queue. */
class RecordSink {
 public:
  explicit RecordSink(BatchQueue& queue) : queue_(queue) { begin(); }

  /** True when JavaScript has to be told that something waits. */
  bool hand_over() {
    if (is_empty()) return false;
    const bool was_empty = queue_.push(std::move(batch_));
    begin();
    return was_empty;
  }

  /** Who appends hands over each batch that is full. */
  void append(const void* record, size_t size) {
    if (queued_too_many()) {
      lost_++;
      return;
    }
    const auto* from = static_cast<const uint8_t*>(record);
    batch_.insert(batch_.end(), from, from + size);
    made_++;
  }

  bool is_batch_full() const { return batch_.size() >= kBatchBytes; }
  /** JavaScript has not taken what it was given: what can wait should. */
  bool javascript_lags() { return queue_.bytes() > kLagBytes; }

  uint64_t made() const { return made_; }
  uint64_t lost() const { return lost_; }

 private:
  static constexpr size_t kBatchBytes = 256 * 1024;
  /** What the last record of a batch may go beyond that, so that none is ever copied to a larger one. */
  static constexpr size_t kRoom = 4096;
  static constexpr size_t kLagBytes = 4 * 1024 * 1024;
  /** Of an interface ends of flows and names do not wait; this much of them may. */
  static constexpr size_t kMostBytes = 64 * 1024 * 1024;

  /** A batch is begun, or it is not: that takes one look at the queue a batch. */
  bool queued_too_many() { return is_empty() && queue_.bytes() > kMostBytes; }
  bool is_empty() const { return batch_.size() == sizeof(batch_header); }

  void begin() {
    batch_ = Batch();
    batch_.reserve(kBatchBytes + kRoom);
    batch_.resize(sizeof(batch_header));
    const batch_header header = {sizeof header, RECORD_VERSION};
    memcpy(batch_.data(), &header, sizeof header);
  }

  BatchQueue& queue_;
  Batch batch_;
  uint64_t made_ = 0;
  uint64_t lost_ = 0;
};
