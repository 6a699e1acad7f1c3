#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "batch.h"
#include "udp_conversations.h"

struct ring_buffer;

/**
 * The thread that empties the kernel's ring into batches and drains the table of UDP conversations. When
 * JavaScript lags it stops, so that the ring fills and the kernel counts what it must drop.
 */
class Reader {
 public:
  /** Takes over the batch. Called in the reading thread. */
  using Deliver = std::function<void(std::unique_ptr<Batch>)>;

  Reader(int ring_map, int udp_map, uint32_t udp_interval_ms, Deliver deliver);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool start();
  /** Returns when the thread has ended. */
  void stop();
  const std::shared_ptr<Progress>& progress() const { return progress_; }

 private:
  static int take(void* reader, void* record, size_t size);
  void run();
  void read_ring();
  void drain_udp();
  void hand_over();
  void refresh_clock(int64_t now);
  bool javascript_lags() const;

  const int ring_map_;
  const int64_t udp_interval_ns_;
  const Deliver deliver_;
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  UdpConversations udp_;
  std::unique_ptr<Batch> batch_;
  ring_buffer* ring_ = nullptr;
  int wake_ = -1;
  int stopping_ = -1;
  int64_t wall_offset_ns_ = 0;
  int64_t clock_read_ns_ = 0;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};
