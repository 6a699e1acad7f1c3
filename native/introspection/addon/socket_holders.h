#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "open_sockets.h"
#include "proc_files.h"

/** A process that has a socket among its open files. */
struct SocketHolder {
  uint32_t pid = 0;
  proc_files::Stat stat;
};

/**
 * Which processes hold which sockets, as /proc/PID/fd shows it. A walk costs about 1 µs an open file of the machine, so
 * it is for many sockets at once.
 */
class SocketHolders {
 public:
  /** From now on walks look for this socket. */
  void want(uint32_t inode) { sockets_.emplace(inode, Found{}); }
  void forget(uint32_t inode) { sockets_.erase(inode); }

  void walk();
  /** The holders that the last walk found, in the order of their pids. */
  const std::vector<SocketHolder>& of(uint32_t inode) const;
  /** Processes whose files the last walk was not allowed to see. */
  uint32_t refused() const { return refused_; }

 private:
  struct Found {
    uint64_t walk = 0;
    std::vector<SocketHolder> holders;
  };

  void visit_process(uint32_t pid);

  const OpenSockets open_sockets_;
  std::unordered_map<uint32_t, Found> sockets_;
  uint64_t walk_ = 0;
  uint32_t refused_ = 0;
};

/**
 * The one process among the holders of a socket whose it is; null where that cannot be told.
 * One holder: it. Several: of a listening socket the one that all others were forked from without becoming another
 * program (a master and its workers); of a connection nobody, because any of them may be the one that talks.
 */
const SocketHolder* owner_among(const std::vector<SocketHolder>& holders, bool is_listening);
