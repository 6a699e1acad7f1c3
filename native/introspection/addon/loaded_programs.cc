#include "loaded_programs.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "host.h"
#include "introspection.skel.h"
#include "libbpf_log.h"
#include "programs.h"

namespace {

constexpr uint32_t kWakeBytes = 64 * 1024;

size_t index_of(const std::string& name) {
  for (size_t i = 0; i < kProgramCount; i++) {
    if (name == kPrograms[i].name) return i;
  }
  return kProgramCount;
}

bool is_cgroup_program(const bpf_program* program) {
  return strncmp(bpf_program__section_name(program), "cgroup", 6) == 0;
}

bool is_iterator(const bpf_program* program) {
  return strncmp(bpf_program__section_name(program), "iter", 4) == 0;
}

}  // namespace

LoadedPrograms::~LoadedPrograms() { close(); }

bool LoadedPrograms::fail(const char* code, std::string message) {
  failure_ = {code, std::move(message)};
  close();
  return false;
}

bool LoadedPrograms::open(const std::string& cgroup, uint32_t ring_bytes) {
  const std::string missing = missing_capabilities();
  if (!missing.empty()) {
    return fail("PERMISSION", "eBPF needs " + missing +
                                  ", which this process does not have. Run it as root, or give it CAP_BPF, "
                                  "CAP_PERFMON and CAP_NET_ADMIN (systemd: AmbientCapabilities=).");
  }
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    return fail("UNSUPPORTED",
                "This kernel does not describe itself: /sys/kernel/btf/vmlinux cannot be read. "
                "Use a kernel built with CONFIG_DEBUG_INFO_BTF (5.12 or later), and in a container mount /sys.");
  }
  LibbpfLog log;
  if (!load(log, ring_bytes)) return false;
  attach(log, cgroup);
  for (const ProgramReport& report : reports_) {
    if (report.name == kRequiredProgram && report.state != "attached") {
      return fail("UNSUPPORTED", "The kernel program " + report.name + " cannot be attached: " + report.error);
    }
  }
  return true;
}

/** Loads all at once, which is quick; whichever is refused drops out and the rest is tried again. */
bool LoadedPrograms::load(LibbpfLog& log, uint32_t ring_bytes) {
  wanted_.assign(kProgramCount, false);
  for (size_t i = 0; i < kProgramCount; i++) wanted_[i] = kPrograms[i].instead_of == nullptr;

  for (size_t attempt = 0; attempt <= kProgramCount; attempt++) {
    log.clear();
    skeleton_ = introspection__open();
    if (skeleton_ == nullptr) {
      return fail("UNSUPPORTED", "The kernel programs cannot be read: " + log.reason());
    }
    skeleton_->rodata->wake_bytes = std::min(kWakeBytes, ring_bytes / 4);
    bpf_map__set_max_entries(skeleton_->maps.ring, ring_bytes);
    for (size_t i = 0; i < kProgramCount; i++) {
      bpf_program* program = bpf_object__find_program_by_name(skeleton_->obj, kPrograms[i].name);
      if (program != nullptr) bpf_program__set_autoload(program, wanted_[i]);
    }
    const int error = -introspection__load(skeleton_);
    if (error == 0) return true;

    const size_t refused = index_of(log.failed_program());
    introspection__destroy(skeleton_);
    skeleton_ = nullptr;
    if (refused == kProgramCount || !wanted_[refused] || error == EPERM) {
      if (error == EPERM) {
        return fail("PERMISSION",
                    "The kernel refuses eBPF to this process although it has the capabilities: they count only "
                    "outside of user namespaces, and a seccomp profile or kernel lockdown can forbid it too. "
                    "Run it in the host's user namespace (a container: privileged).");
      }
      return fail("UNSUPPORTED", "The kernel programs cannot be loaded: " + log.reason() + " (" +
                                     strerror(error) + ")");
    }
    const std::string reason = log.reason();
    drop_out(refused, error == ESRCH ? "not here" : "failed", reason);
    if (kPrograms[refused].name == std::string(kRequiredProgram)) {
      return fail("UNSUPPORTED", "This kernel does not take the program " + std::string(kRequiredProgram) + ": " +
                                     reason + ". Linux 5.12 or later with BTF is needed.");
    }
  }
  return fail("UNSUPPORTED", "No kernel program can be loaded.");
}

void LoadedPrograms::drop_out(size_t index, const std::string& state, const std::string& error) {
  wanted_[index] = false;
  reports_.push_back({kPrograms[index].name, kPrograms[index].purpose, state, error});
  for (size_t i = 0; i < kProgramCount; i++) {
    const char* instead_of = kPrograms[i].instead_of;
    if (instead_of != nullptr && strcmp(instead_of, kPrograms[index].name) == 0) wanted_[i] = true;
  }
}

void LoadedPrograms::attach(LibbpfLog& log, const std::string& cgroup) {
  const std::string directory = cgroup.empty() ? cgroup2_root() : cgroup;
  const int cgroup_fd = directory.empty() ? -1 : ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::string no_cgroup = directory.empty()
                                    ? "no cgroup2 tree is mounted"
                                    : "cannot open " + directory + ": " + strerror(errno);

  for (size_t i = 0; i < kProgramCount; i++) {
    if (!wanted_[i]) continue;
    bpf_program* program = bpf_object__find_program_by_name(skeleton_->obj, kPrograms[i].name);
    if (is_cgroup_program(program) && cgroup_fd < 0) {
      drop_out(i, "not here", no_cgroup);
      continue;
    }
    log.clear();
    bpf_link* link = is_cgroup_program(program) ? bpf_program__attach_cgroup(program, cgroup_fd)
                                                : bpf_program__attach(program);
    if (link == nullptr) {
      drop_out(i, errno == ENOENT || errno == ESRCH ? "not here" : "failed", log.reason());
      continue;
    }
    if (is_iterator(program)) {
      iterator_ = link;
    } else {
      links_.push_back(link);
    }
    reports_.push_back({kPrograms[i].name, kPrograms[i].purpose, "attached", ""});
  }
  if (cgroup_fd >= 0) ::close(cgroup_fd);
}

void LoadedPrograms::name_existing_sockets() {
  if (iterator_ == nullptr) return;
  const int files = bpf_iter_create(bpf_link__fd(iterator_));
  if (files >= 0) {
    char nothing[64];
    ssize_t length;
    do {
      length = read(files, nothing, sizeof nothing);
    } while (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)));
    ::close(files);
  }
  bpf_link__destroy(iterator_);
  iterator_ = nullptr;
}

void LoadedPrograms::close() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
  if (iterator_ != nullptr) bpf_link__destroy(iterator_);
  iterator_ = nullptr;
  if (skeleton_ != nullptr) introspection__destroy(skeleton_);
  skeleton_ = nullptr;
}

std::string LoadedPrograms::tier() const {
  const bool complete = std::all_of(reports_.begin(), reports_.end(),
                                    [](const ProgramReport& report) { return report.state == "attached"; });
  return complete ? "A" : "A-";
}

uint64_t LoadedPrograms::missed() const {
  uint64_t missed = 0;
  bpf_program* program;
  bpf_object__for_each_program(program, skeleton_->obj) {
    bpf_prog_info info = {};
    uint32_t size = sizeof info;
    if (bpf_program__fd(program) >= 0 && bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) {
      missed += info.recursion_misses;
    }
  }
  return missed;
}

int LoadedPrograms::ring_map() const { return bpf_map__fd(skeleton_->maps.ring); }
int LoadedPrograms::udp_map() const { return bpf_map__fd(skeleton_->maps.udp_conversations); }
int LoadedPrograms::counters_map() const { return bpf_map__fd(skeleton_->maps.counters); }
