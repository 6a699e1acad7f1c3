#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "netlink_socket.h"
#include "record_source.h"

/** One network namespace and the sockets that were opened in it. */
struct NetworkNamespace {
  explicit NetworkNamespace(uint32_t inode) : inode(inode) {}

  const uint32_t inode;
  /** A process that lives in it, 0 when none is known. */
  uint32_t pid = 0;
  /** A file that stands for it. */
  std::string path;
  /** This process may not enter it. */
  bool is_refused = false;
  /** Closed where the namespace was not entered. */
  NetlinkSocket route;
  NetlinkSocket socket_diag;
  NetlinkSocket notices;
  /** What other namespaces are called in here (IFLA_LINK_NETNSID): inodes by id, 0 for one that is not known. */
  std::unordered_map<int32_t, uint32_t> neighbours;
};

/** A network namespace that is asked from the own one, by what it is called there (IFLA_TARGET_NETNSID). */
struct NamespaceId {
  NamespaceId(int file, int32_t id) : id(id), file_(file) {}
  ~NamespaceId();
  NamespaceId(const NamespaceId&) = delete;
  NamespaceId& operator=(const NamespaceId&) = delete;

  /** Negative: it cannot be asked. */
  const int32_t id;

 private:
  /** Keeps it alive, and with it the id its own. */
  const int file_;
};

/** Which sockets to open in every namespace; without the first no other namespace is entered. */
struct NamespaceSockets {
  bool socket_diag = false;
  /** Room for notices of destroyed sockets, 0 for none. */
  uint32_t notice_bytes = 0;
};

/**
 * The network namespaces of this host. Those that are entered, which takes CAP_SYS_ADMIN, have sockets that are opened
 * once. An open socket keeps its namespace alive: `refresh` closes those of namespaces that nobody else uses. Not for JavaScript's thread: it may take a while.
 */
class NetworkNamespaces {
 public:
  explicit NetworkNamespaces(NamespaceSockets wanted) : wanted_(wanted) {}

  /** Opens the sockets of this process's own namespace. Returns a positive errno, 0 for success. */
  int open();
  /** Looks for new namespaces and leaves dead ones, not more often than is cheap. Returns the inodes of those left. */
  std::vector<uint32_t> refresh(int64_t now);
  void close() { namespaces_.clear(); }

  const std::map<uint32_t, std::unique_ptr<NetworkNamespace>>& all() const { return namespaces_; }
  NetworkNamespace* own() const;
  /** Whether others can be entered. */
  bool can_enter() const { return can_enter_; }
  /** What the own namespace calls this one. Where it has no name yet it gets one, which takes CAP_NET_ADMIN. */
  NamespaceId name_in_own(const NetworkNamespace& other);
  /** Remembers which namespace is meant by the ids that `in` has for others. */
  void name_neighbours(NetworkNamespace& in, const std::vector<int32_t>& ids) const;
  /** Whether other namespaces can be seen here, and notices of destroyed sockets be had. */
  const std::vector<PartReport>& reports() const { return reports_; }
  /** Namespaces that were not entered because there are too many. */
  uint64_t left_out() const { return left_out_count_; }

 private:
  NetworkNamespace* add(uint32_t inode);
  void open_notices(NetworkNamespace& own);
  void open_sockets(NetworkNamespace& in);
  void report(const char* name, const char* purpose, int error, const char* right);
  void report_others();
  static int32_t ask_id(NetlinkSocket& route, int file);
  void enter(const std::vector<std::pair<NetworkNamespace*, std::string>>& places);
  static int join_notices(NetlinkSocket& socket);
  void forget_neighbours();

  const NamespaceSockets wanted_;
  uint32_t own_inode_ = 0;
  std::map<uint32_t, std::unique_ptr<NetworkNamespace>> namespaces_;
  std::vector<PartReport> reports_;
  bool can_enter_ = false;
  std::set<uint32_t> left_out_;
  std::atomic<uint64_t> left_out_count_{0};
  int64_t next_search_ = 0;
};
