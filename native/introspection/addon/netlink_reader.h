#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#include "network_namespaces.h"
#include "record_writer.h"
#include "socket_watch.h"

/**
 * The thread that watches sockets by netlink. When JavaScript lags it stops, so that the kernel's buffers of notices
 * fill, and what they cannot hold is counted.
 */
class NetlinkReader {
 public:
  NetlinkReader(NetworkNamespaces& namespaces, DiagProtocols& protocols, const SourceOptions& options,
                RecordSource::Deliver deliver);
  ~NetlinkReader();
  NetlinkReader(const NetlinkReader&) = delete;
  NetlinkReader& operator=(const NetlinkReader&) = delete;

  /** False when the system has nothing left to make a thread of. */
  bool start();
  /** Returns when the thread has ended. */
  void stop();
  const Progress& progress() const { return writer_.progress(); }
  const WatchLosses& losses() const { return losses_; }

 private:
  void run();

  const int64_t sweep_interval_ns_;
  std::atomic<bool> stop_{false};
  WatchLosses losses_;
  RecordWriter writer_;
  SocketWatch watch_;
  int stopping_ = -1;
  std::thread thread_;
};
