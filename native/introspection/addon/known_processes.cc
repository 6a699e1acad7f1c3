#include "known_processes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "batch.h"
#include "proc_files.h"

namespace {

constexpr size_t kMostProcesses = 4096;
constexpr size_t kMostNames = 16;

/** CLOCK_BOOTTIME minus CLOCK_MONOTONIC: how long the machine has slept. */
int64_t slept_ns() { return nanoseconds(CLOCK_BOOTTIME) - nanoseconds(CLOCK_MONOTONIC); }

std::string text_of(const char (&comm)[COMM_LENGTH]) { return std::string(comm, strnlen(comm, sizeof comm)); }

bool is_same_program(const ProcessDescription& one, const ProcessDescription& other) {
  return one.start_ticks == other.start_ticks && one.comm == other.comm && one.exe == other.exe &&
         one.argv == other.argv && one.flags == other.flags;
}

}  // namespace

KnownProcesses::KnownProcesses(Tell tell) : tell_(std::move(tell)), can_read_(proc_files::shows_kernel_pids()) {}

KnownProcesses::Identity KnownProcesses::seen(const SeenTask& task, const SeenTask& parent, uint64_t time_ns) {
  ProcessDescription description = describe(task, parent, time_ns);
  const auto known = entries_.find(task.pid);
  if (known != entries_.end()) {
    Entry& entry = known->second;
    const ProcessDescription& before = entry.description;
    // One that has ended meanwhile was there a moment ago (tell_exits), so the pid is nobody else's yet. One that has
    // called exec meanwhile was still what it was then.
    const bool is_gone = description.start_ticks == 0 || description.start_ticks == before.start_ticks;
    const bool was_it = (description.flags & PROCESS_FROM_PROC) == 0 && is_gone && has_name(entry, text_of(task.comm));
    if (was_it || is_same_program(before, description)) {
      add_name(entry, text_of(task.comm));
      uses_.splice(uses_.begin(), uses_, entry.use);
      return {before.start_ticks, before.cgroup_id};
    }
  }
  const Identity identity = {description.start_ticks, description.cgroup_id};
  const std::vector<uint8_t> record = process_record_of(task.pid, time_ns, description);
  tell_(record.data(), record.size());
  remember(task, std::move(description));
  return identity;
}

bool KnownProcesses::has_name(const Entry& entry, const std::string& name) {
  return std::find(entry.names.begin(), entry.names.end(), name) != entry.names.end();
}

void KnownProcesses::add_name(Entry& entry, std::string name) {
  if (entry.names.size() < kMostNames && !has_name(entry, name)) entry.names.push_back(std::move(name));
}

bool KnownProcesses::is_another(uint32_t pid, const Identity& identity) const {
  const auto known = entries_.find(pid);
  if (known == entries_.end()) return false;
  const uint64_t start_ticks = known->second.description.start_ticks;
  return start_ticks != 0 && start_ticks != identity.start_ticks;
}

void KnownProcesses::tell_exits() {
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto& [pid, entry] = *it;
    proc_files::Stat stat;
    const uint64_t start = entry.description.start_ticks;
    if (start != 0 && proc_files::stat(pid, stat) && stat.start_ticks == start) {
      ++it;
      continue;
    }
    tell_exit(pid);
    uses_.erase(entry.use);
    it = entries_.erase(it);
  }
}

ProcessDescription KnownProcesses::describe(const SeenTask& task, const SeenTask& parent, uint64_t time_ns) const {
  ProcessDescription description;
  description.uid = task.uid;
  description.gid = task.gid;
  if (can_read_ && read(task, time_ns, description)) return description;
  // Only what was said of the task itself is certain.
  ProcessDescription certain;
  certain.start_ticks = description.start_ticks;
  certain.comm = text_of(task.comm);
  certain.uid = task.uid;
  certain.gid = task.gid;
  if (parent.pid != 0) certain.parent = {parent.pid, parent.uid, parent.gid, text_of(parent.comm), ""};
  return certain;
}

bool KnownProcesses::read(const SeenTask& task, uint64_t time_ns, ProcessDescription& description) const {
  proc_files::Stat before;
  if (!proc_files::stat(task.pid, before)) return false;
  const uint64_t started_ns = before.start_ticks * proc_files::kTickNs;
  if (started_ns > time_ns + slept_ns() + proc_files::kTickNs) return false;
  description.start_ticks = before.start_ticks;

  const proc_files::Executable executable = proc_files::executable(task.pid);
  if (!read_arguments(task.pid, description)) return false;
  // Between its new executable and its new name, a process that calls exec has no arguments (fs/exec.c).
  if (!executable.path.empty() && description.argv.empty()) return false;
  // An exec since then gave the task another name, and the process perhaps another executable.
  if (proc_files::comm(task.pid, task.tid) != text_of(task.comm)) return false;
  proc_files::Stat after;
  if (!proc_files::stat(task.pid, after) || after.start_ticks != before.start_ticks) {
    description.start_ticks = 0;
    return false;
  }

  description.comm = before.comm;
  description.exe = executable.path;
  if (executable.is_deleted) description.flags |= PROCESS_EXE_DELETED;
  description.flags |= PROCESS_FROM_PROC;
  description.cgroup_id = proc_files::cgroup_id(task.pid);
  description.parent = read_parent(before.parent_pid);
  return true;
}

void KnownProcesses::tell_exit(uint32_t pid) const {
  exit_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_EXIT, static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
  record.pid = pid;
  tell_(&record, sizeof record);
}

void KnownProcesses::remember(const SeenTask& task, ProcessDescription description) {
  const auto known = entries_.find(task.pid);
  if (known != entries_.end()) {
    known->second.description = std::move(description);
    known->second.names = {text_of(task.comm)};
    uses_.splice(uses_.begin(), uses_, known->second.use);
    return;
  }
  if (entries_.size() == kMostProcesses) {
    tell_exit(uses_.back());
    entries_.erase(uses_.back());
    uses_.pop_back();
  }
  uses_.push_front(task.pid);
  entries_.emplace(task.pid, Entry{std::move(description), {text_of(task.comm)}, uses_.begin()});
}
