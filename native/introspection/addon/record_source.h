#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "batch.h"
#include "failure.h"

/** A part of a source that is tried by itself: a kernel program, a netlink group. */
struct PartReport {
  std::string name;
  std::string purpose;
  /** "attached", "not here" (the kernel has no such thing) or "failed". */
  std::string state;
  std::string error;
};

/** produced = delivered + buffered + what was dropped, by reason. */
struct Account {
  uint64_t produced = 0;
  uint64_t delivered = 0;
  uint64_t buffered = 0;
  std::vector<std::pair<std::string, uint64_t>> dropped;
};

struct SourceOptions {
  /** Directory whose sockets' datagrams are seen, "" for the root of the cgroup2 tree. */
  std::string cgroup;
  uint32_t ring_bytes = 0;
  uint32_t datagram_interval_ms = 0;
  /** How often all sockets and interfaces are looked at. */
  uint32_t sweep_interval_ms = 0;
  /** The best tier to try, "" for the best there is. */
  std::string tier;
  /** Path of ntop's library, "" to look for it. */
  std::string library;
  /** Whether netlink may be asked for what the source itself does not tell (counters of interfaces). */
  bool netlink = true;
};

/** Where records come from. All but `Deliver` is called in JavaScript's thread. */
class RecordSource {
 public:
  /** Takes over a batch, in the source's own thread. */
  using Deliver = std::function<void(std::unique_ptr<Batch>)>;

  virtual ~RecordSource() = default;

  /** False: see `failure()`. Nothing is delivered yet. */
  virtual bool open() = 0;
  /** Delivers from a thread of its own. When it returns, what exists already is being told. False: see `failure()`. */
  virtual bool start(Deliver deliver) = 0;
  /** Returns when the thread has ended and nothing is left in the kernel. May be called twice. */
  virtual void close() = 0;

  /** Tells once more all translations of addresses (NAT) that there are. */
  virtual void tell_translations() {}

  virtual const Failure& failure() const = 0;
  /** As they are at the moment: a part may fail later. */
  virtual std::vector<PartReport> reports() const = 0;
  virtual std::string tier() const = 0;
  virtual Account account() const = 0;
  /** Names of the capabilities that it goes on needing once it was started. */
  virtual std::vector<std::string> capabilities() const { return {}; }
  /** The kernel's names of its reasons to reset a connection, by number. */
  virtual std::vector<std::string> reset_reasons() const { return {}; }
};

std::unique_ptr<RecordSource> make_ebpf_source(const SourceOptions& options);
/** sock_diag and /proc: works without eBPF, and without any privilege for one's own processes. */
std::unique_ptr<RecordSource> make_netlink_source(const SourceOptions& options);
/** ntop's library. Its own drops, of what it loses before it tells us, are not known. */
std::unique_ptr<RecordSource> make_libebpfflow_source(const SourceOptions& options);
