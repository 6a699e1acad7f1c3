#include "process_description.h"

#include <algorithm>
#include <cstring>

#include "batch.h"
#include "proc_files.h"

namespace {

/** As much as the kernel programs take (ARGV_CAPACITY in bpf/maps.h). */
constexpr size_t kArgvBytes = 2048;

/** CLOCK_MONOTONIC at so many ticks after the boot: unlike the other clock it stands still while the machine sleeps. */
uint64_t monotonic_of(uint64_t ticks) {
  const int64_t slept = nanoseconds(CLOCK_BOOTTIME) - nanoseconds(CLOCK_MONOTONIC);
  return static_cast<uint64_t>(std::max<int64_t>(static_cast<int64_t>(ticks * proc_files::kTickNs) - slept, 0));
}

void copy_comm(char (&to)[COMM_LENGTH], const std::string& from) {
  memcpy(to, from.data(), std::min(from.size(), sizeof to - 1));
}

}  // namespace

bool read_arguments(uint32_t pid, ProcessDescription& description) {
  if (!proc_files::read("/proc/" + std::to_string(pid) + "/cmdline", kArgvBytes + 1, description.argv)) return false;
  if (description.argv.size() > kArgvBytes) {
    description.argv.resize(kArgvBytes);
    description.flags |= PROCESS_ARGV_TRUNCATED;
  }
  return true;
}

ProcessDescription::Parent read_parent(uint32_t pid) {
  proc_files::Ids ids;
  if (pid == 0 || !proc_files::ids(pid, ids)) return {};
  return {pid, ids.real_uid, ids.real_gid, proc_files::comm(pid, 0), proc_files::executable(pid).path};
}

std::vector<uint8_t> process_record_of(uint32_t pid, uint64_t time_ns, const ProcessDescription& description) {
  const ProcessDescription::Parent& parent = description.parent;
  const std::string* const texts[] = {&description.exe, &description.argv, &parent.exe};
  process_record record = {};
  size_t size = sizeof record;
  for (const std::string* text : texts) size += text->size();
  size = (size + 7) / 8 * 8;
  record.header = {static_cast<uint32_t>(size), RECORD_VERSION, RECORD_PROCESS, time_ns};
  record.start_time_ns = description.start_ticks == 0 ? time_ns : monotonic_of(description.start_ticks);
  record.cgroup_id = description.cgroup_id;
  record.pid = pid;
  record.uid = description.uid;
  record.gid = description.gid;
  record.flags = description.flags | (parent.pid == 0 ? 0 : PROCESS_HAS_PARENT);
  copy_comm(record.comm, description.comm);
  copy_comm(record.parent_comm, parent.comm);
  record.parent_pid = parent.pid;
  record.parent_uid = parent.uid;
  record.parent_gid = parent.gid;
  record.exe_length = description.exe.size();
  record.argv_length = description.argv.size();
  record.parent_exe_length = parent.exe.size();

  std::vector<uint8_t> bytes(size);
  memcpy(bytes.data(), &record, sizeof record);
  uint8_t* at = bytes.data() + sizeof record;
  for (const std::string* text : texts) {
    memcpy(at, text->data(), text->size());
    at += text->size();
  }
  return bytes;
}
