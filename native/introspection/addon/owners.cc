#include "owners.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "batch.h"
#include "process_description.h"

namespace {

/** When there are more, all are forgotten and told again as they are named. */
constexpr size_t kMostKnown = 65'536;

uint64_t now() { return static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC)); }

/** The same process, and no exec in between. */
bool is_same_program(const proc_files::Stat& one, const proc_files::Stat& other) {
  return one.start_ticks == other.start_ticks && one.stack == other.stack;
}

bool exists(uint32_t pid) { return access(("/proc/" + std::to_string(pid)).c_str(), F_OK) == 0; }

/** Reads all of a process; false when it is gone, or becomes another program meanwhile. */
bool read_process(uint32_t pid, proc_files::Stat& stat, ProcessDescription& process) {
  proc_files::Stat before;
  proc_files::Ids ids;
  process = {};
  if (!proc_files::stat(pid, before)) return false;
  const proc_files::Executable executable = proc_files::executable(pid);
  process.exe = executable.path;
  process.flags = PROCESS_FROM_PROC | (executable.is_deleted ? PROCESS_EXE_DELETED : 0);
  if (!read_arguments(pid, process) || !proc_files::ids(pid, ids)) return false;
  process.uid = ids.real_uid;
  process.gid = ids.real_gid;
  process.cgroup_id = proc_files::cgroup_id(pid);
  process.parent = read_parent(before.parent_pid);
  if (!proc_files::stat(pid, stat) || !is_same_program(stat, before)) return false;
  process.start_ticks = stat.start_ticks;
  process.comm = stat.comm;
  return true;
}

}  // namespace

bool Owners::name(const SocketHolder& holder, owner_fields& owner) {
  if (known_.size() >= kMostKnown) known_.clear();
  Known& known = known_[holder.pid];
  if (known.look != look_ && !refresh(holder.pid, known)) {
    // Who is gone was told, or never named.
    if (known.owner.evidence == EVIDENCE_NONE) known_.erase(holder.pid);
    return false;
  }
  // The pid may be another's by now.
  if (known.stat.start_ticks != holder.stat.start_ticks) return false;
  owner = known.owner;
  return true;
}

/** Brings what is known of a process up to date. */
bool Owners::refresh(uint32_t pid, Known& known) {
  proc_files::Stat stat;
  proc_files::Ids ids;
  if (!proc_files::stat(pid, stat)) return false;
  if (known.owner.evidence != EVIDENCE_NONE && known.stat.start_ticks != stat.start_ticks) {
    tell_exit(pid);
    known = {};
  }
  if (known.owner.evidence == EVIDENCE_NONE || !is_same_program(known.stat, stat)) {
    // Who calls exec in between gets a second chance, as what it is then.
    if (!describe(pid, known) && !describe(pid, known)) return false;
  } else if (proc_files::ids(pid, ids)) {
    known.owner.uid = ids.real_uid;
    known.owner.gid = ids.real_gid;
  } else {
    return false;
  }
  known.look = look_;
  return true;
}

bool Owners::describe(uint32_t pid, Known& known) const {
  ProcessDescription process;
  if (!read_process(pid, known.stat, process)) return false;
  const std::vector<uint8_t> record = process_record_of(pid, now(), process);
  tell_(record.data(), record.size());
  known.owner = {};
  known.owner.pid = pid;
  known.owner.uid = process.uid;
  known.owner.gid = process.gid;
  known.owner.cgroup_id = process.cgroup_id;
  known.owner.evidence = EVIDENCE_PROC;
  memcpy(known.owner.comm, process.comm.data(), std::min(process.comm.size(), size_t{COMM_LENGTH - 1}));
  return true;
}

void Owners::tell_exits() {
  for (auto it = known_.begin(); it != known_.end();) {
    if (exists(it->first)) {
      ++it;
    } else {
      tell_exit(it->first);
      it = known_.erase(it);
    }
  }
}

void Owners::tell_exit(uint32_t pid) const {
  exit_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_EXIT, now()};
  record.pid = pid;
  tell_(&record, sizeof record);
}
