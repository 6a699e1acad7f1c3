#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "process_description.h"
#include "record_layout.h"

/** A task as somebody named it who looked at it when it did something. */
struct SeenTask {
  /** Of the process; 0 when there is none. */
  uint32_t pid = 0;
  uint32_t tid = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  char comm[COMM_LENGTH] = {};
};

/**
 * What JavaScript was told of the processes that own sockets, for a source that sees their tasks and nothing else of
 * them. The rest is read in /proc, and told only when it is certainly of the same process and program. Used by one
 * thread.
 */
class KnownProcesses {
 public:
  /** Takes a RECORD_PROCESS or a RECORD_EXIT. */
  using Tell = std::function<void(const void* record, size_t size)>;

  struct Identity {
    /** With the pid it names the process for good; 0 when it was gone before it could be looked at. */
    uint64_t start_ticks = 0;
    uint64_t cgroup_id = 0;
  };

  explicit KnownProcesses(Tell tell);

  /** The task did something at `time_ns` (CLOCK_MONOTONIC): tells what is new about its process. */
  Identity seen(const SeenTask& task, const SeenTask& parent, uint64_t time_ns);
  /** Whether the pid has become another process's since. */
  bool is_another(uint32_t pid, const Identity& identity) const;
  /** Tells of those that have ended, and forgets them. */
  void tell_exits();

 private:
  struct Entry {
    ProcessDescription description;
    /** Of its tasks, as they were when it was this program. */
    std::vector<std::string> names;
    std::list<uint32_t>::iterator use;
  };

  ProcessDescription describe(const SeenTask& task, const SeenTask& parent, uint64_t time_ns) const;
  /** False when what /proc shows is not, or not certainly, what did something at that time. */
  bool read(const SeenTask& task, uint64_t time_ns, ProcessDescription& description) const;
  void tell_exit(uint32_t pid) const;
  void remember(const SeenTask& task, ProcessDescription description);
  static bool has_name(const Entry& entry, const std::string& name);
  static void add_name(Entry& entry, std::string name);

  const Tell tell_;
  const bool can_read_;
  std::unordered_map<uint32_t, Entry> entries_;
  /** The one used latest in front. */
  std::list<uint32_t> uses_;
};
