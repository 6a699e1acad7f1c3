#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cgroup_subtree.h"
#include "diag_protocols.h"
#include "interface_counters.h"
#include "network_namespaces.h"
#include "owners.h"
#include "record_writer.h"
#include "routes.h"
#include "socket_holders.h"
#include "socket_table.h"

/** What could not be told, by reason. Written by the watching thread, read by JavaScript's. */
struct WatchLosses {
  /** Notices of destroyed sockets that the kernel threw away, because they were not taken in time. */
  std::atomic<uint64_t> notices{0};
  /** Sockets beyond those that can be remembered. */
  std::atomic<uint64_t> sockets{0};
  /** Messages of the kernel that made no sense. */
  std::atomic<uint64_t> unreadable{0};
};

/** All sockets and network interfaces of this host, looked at again and again. Used by one thread. */
class SocketWatch {
 public:
  /** `cgroup`: directory whose sockets' datagrams are seen, "" for all. */
  SocketWatch(NetworkNamespaces& namespaces, DiagProtocols& protocols, const std::string& cgroup, RecordWriter& writer,
              WatchLosses& losses);

  /** Takes the notices that have come. */
  void take_notices();
  /** Looks at all sockets: tells what began and ended. */
  void look() { look(false); }
  /** Looks at all sockets and interfaces, and tells how they are. */
  void sweep();

 private:
  SocketTable& table_of(NetworkNamespace& in);
  void take_notices(NetworkNamespace& in, SocketTable& table);
  bool dump(NetworkNamespace& in, SocketTable& table);
  void leave(const std::vector<uint32_t>& gone);
  void look(bool all_owners);
  void find_owners(const LookResult& found, bool all);
  void settle(SocketTable& table, KnownSocket& socket);
  const SocketHolder* choose_owner(const KnownSocket& socket) const;

  NetworkNamespaces& namespaces_;
  DiagProtocols& protocols_;
  CgroupSubtree cgroup_;
  RecordWriter& writer_;
  WatchLosses& losses_;
  const bool sees_others_;
  InterfaceCounters interfaces_{namespaces_};
  Owners owners_;
  SocketHolders holders_;
  Routes routes_;
  size_t known_ = 0;
  std::map<uint32_t, std::unique_ptr<SocketTable>> tables_;
  /** Notices that were dropped in each namespace, as far as they are counted. */
  std::map<uint32_t, uint64_t> dropped_;
  /** Every namespace was looked at whole. */
  bool is_complete_ = false;
  bool is_first_ = true;
  int64_t next_walk_ = 0;
  int64_t next_probe_ = 0;
};
