#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "batch.h"
#include "datagram_conversations.h"
#include "interface_counters.h"
#include "living_sockets.h"
#include "loaded_programs.h"
#include "record_source.h"

struct ring_buffer;

/**
 * The thread that empties the kernel's ring into batches, drains the table of datagram conversations and looks at all
 * sockets now and then. When
 * JavaScript lags it stops, so that the ring fills and the kernel counts what it must drop.
 */
class Reader {
 public:
  Reader(LoadedPrograms& programs, const SourceOptions& options, RecordSource::Deliver deliver);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  bool start();
  /** Returns when the thread has ended. */
  void stop();
  /** Returns when the sockets that exist already have their owners. */
  void wait_for_owners() { owners_found_.get_future().wait(); }
  /** Looks at all sockets as soon as it can, not only when the interval is over. */
  void sweep_soon() { sweep_wanted_ = true; }
  const std::shared_ptr<Progress>& progress() const { return progress_; }
  /** Whether the interfaces of other network namespaces can be seen. */
  const std::vector<PartReport>& interface_reports() const { return namespaces_.reports(); }

 private:
  static int take(void* reader, void* record, size_t size);
  void run();
  void tell_cgroups();
  void find_owners();
  void read_ring();
  void drain_datagrams();
  void sweep();
  void tell_interfaces();
  void append_by_time(const std::vector<uint8_t>& some, const std::vector<uint8_t>& others);
  void append(const void* record, size_t size);
  void hand_over();
  void refresh_clock(int64_t now);
  bool javascript_lags() const;

  LoadedPrograms& programs_;
  const int64_t datagram_interval_ns_;
  const int64_t sweep_interval_ns_;
  const bool asks_netlink_;
  const RecordSource::Deliver deliver_;
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  DatagramConversations datagrams_;
  LivingSockets living_;
  NetworkNamespaces namespaces_{NamespaceSockets{}};
  InterfaceCounters interfaces_{namespaces_};
  std::unique_ptr<Batch> batch_;
  /** Where the ring's records go while they wait to be put in order; null: into the batch. */
  std::vector<uint8_t>* aside_ = nullptr;
  /** A connection was told that no hook has seen anybody take: its process is looked for before the next look. */
  bool has_ownerless_ = false;
  ring_buffer* ring_ = nullptr;
  int wake_ = -1;
  int stopping_ = -1;
  int64_t wall_offset_ns_ = 0;
  int64_t clock_read_ns_ = 0;
  std::promise<void> owners_found_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> sweep_wanted_{false};
  std::thread thread_;
};
