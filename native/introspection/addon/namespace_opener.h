#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

/**
 * A process beside this one that keeps the right to enter network namespaces (opener/namespace_opener.c), so that this
 * one need not. It ends with this object, and with this process.
 */
class NamespaceOpener {
 public:
  NamespaceOpener() = default;
  ~NamespaceOpener() { stop(); }
  NamespaceOpener(const NamespaceOpener&) = delete;
  NamespaceOpener& operator=(const NamespaceOpener&) = delete;

  /** Whether this thread may start it: with CAP_SYS_ADMIN and CAP_NET_ADMIN, which it must be able to pass on. */
  static bool may_start();
  /** Returns when it is ready, within two seconds. False: see `failure()`. */
  bool start();
  void stop();
  /** Notices when it has ended by itself, or was killed. */
  bool is_running();
  /** Why it does not run, for people. */
  const std::string& failure() const { return failure_; }

  /**
   * A netlink socket of netfilter in the namespace that the file at `path` stands for, if its inode is this one.
   * Negative: a negated errno.
   */
  int open_netfilter(const std::string& path, uint32_t inode);

 private:
  int receive(int& file);
  bool fail(const std::string& why);
  int end();

  int control_ = -1;
  pid_t pid_ = -1;
  std::string failure_;
};
