#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "owners.h"
#include "programs.h"
#include "record_source.h"

class LibbpfLog;

/** How a look at all sockets went. */
struct SocketVisit {
  bool is_complete = false;
  /** In how many parts the records came. Between two of them sockets may come and go. */
  int parts = 0;
};

/** The kernel programs, each tried by itself; all they are is file descriptors, so nothing outlives the process. */
class LoadedPrograms {
 public:
  LoadedPrograms() = default;
  ~LoadedPrograms();
  LoadedPrograms(const LoadedPrograms&) = delete;
  LoadedPrograms& operator=(const LoadedPrograms&) = delete;

  /**
   * Loads and attaches the best set of programs that works, or `tier`'s when one is named. `cgroup`: directory whose
   * sockets' datagrams are seen, "" for the root of the cgroup2 tree. False: see `failure()`.
   */
  bool open(const std::string& cgroup, uint32_t ring_bytes, const std::string& tier);
  /** Detaches and unloads. */
  void close();

  /**
   * Looks at all open files once, to name the owners of sockets that no program knows or none with an owner. Call it when
   * somebody already empties the ring, or, where `finds_owners_itself`, in the thread that does.
   */
  void find_owners(const Owners::Tell& tell);
  /** The programs cannot find owners: this process does, and tells of theirs. */
  bool finds_owners_itself() const { return set_->leaves_existing_sockets; }
  /** Looks at every socket that is known; `take` gets records one after another. Incomplete when it cannot be done here. */
  SocketVisit visit_living_sockets(const std::function<void(const void* bytes, size_t size)>& take);

  const Failure& failure() const { return failure_; }
  const std::vector<PartReport>& reports() const { return reports_; }
  std::string tier() const;
  /** Lists what waits for connections or packets by its cookie (WAITS_FOR_PACKETS); misses none when it comes in one part. */
  SocketVisit visit_waiting_sockets(const std::function<void(uint64_t cookie)>& take);
  /** Whether what is loaded can be read with the capabilities that this thread has now. */
  bool can_be_read() const;
  /**
   * Hooks that were skipped because the same program was running on that processor; those that a second program did
   * all the same are in it.
   */
  uint64_t missed() const;
  std::vector<std::string> reset_reasons() const;
  int ring_map() const { return map("ring"); }
  int datagram_map() const { return map("datagram_conversations"); }
  int counters_map() const { return map("counters"); }

 private:
  bool open_set(const ProgramSet& set, const std::string& cgroup, uint32_t ring_bytes);
  bool load(LibbpfLog& log, uint32_t ring_bytes);
  /** Loads what is wanted, or `only` that; 0 or a positive errno. */
  int try_load(uint32_t ring_bytes, const char* only);
  enum class Attaching { kDone, kFailed, kNeedsStandIn };
  Attaching attach(LibbpfLog& log, const std::string& cgroup);
  void report_lacking(const std::string& why_not_higher);
  static SocketVisit read_iterator(bpf_link* link, const std::function<void(const uint8_t* bytes, size_t size)>& take);
  bpf_link* attach_one(bpf_program* program, int cgroup_fd) const;
  void leave_out_function_tracing();
  /** With its second program. True when something stands in for it, which is wanted from now on. */
  bool drop_out(size_t index, const std::string& state, const std::string& error);
  bool want_stand_ins(size_t index);
  bool fail(const char* code, std::string message);
  size_t index_of(const std::string& name) const;
  bool is_attached(const char* name) const;
  bool has_stand_in(const char* name) const;
  int map(const char* name) const;

  const ProgramSet* set_ = nullptr;
  bpf_object* object_ = nullptr;
  std::vector<bpf_link*> links_;
  bpf_link* existing_ = nullptr;
  bpf_link* living_ = nullptr;
  bpf_link* waiting_ = nullptr;
  std::vector<PartReport> reports_;
  /** By index in the set. */
  std::vector<bool> wanted_;
  bool is_preemptible_ = false;
  Failure failure_;
};
