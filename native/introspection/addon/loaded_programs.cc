#include "loaded_programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "existing_sockets.h"
#include "function_tracing.h"
#include "host.h"
#include "libbpf_log.h"

namespace {

constexpr uint32_t kWakeBytes = 512 * 1024;
/** What one read of an iterator returns at most: eight pages (kernel/bpf/bpf_iter.c). */
constexpr size_t kIteratorBytes = 8 * 4096;

bool section_begins(const bpf_program* program, const char* with) {
  return strncmp(bpf_program__section_name(program), with, strlen(with)) == 0;
}

bool is_cgroup_program(const bpf_program* program) {
  return section_begins(program, "cgroup") || section_begins(program, "sockops");
}

/** Sets a `const volatile` of the programs before they are loaded. */
void set_constant(bpf_object* object, const char* name, uint64_t value) {
  const btf* types = bpf_object__btf(object);
  const int section = btf__find_by_name_kind(types, ".rodata", BTF_KIND_DATASEC);
  if (section < 0) return;
  const btf_type* type = btf__type_by_id(types, section);
  const btf_var_secinfo* variable = btf_var_secinfos(type);
  bpf_map* map;
  bpf_object__for_each_map(map, object) {
    const char* map_name = bpf_map__name(map);
    const size_t length = strlen(map_name);
    if (length < 7 || strcmp(map_name + length - 7, ".rodata") != 0) continue;
    size_t size = 0;
    auto* values = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(map, &size)));
    for (uint16_t i = 0; values != nullptr && i < btf_vlen(type); i++, variable++) {
      const btf_type* declared = btf__type_by_id(types, variable->type);
      if (strcmp(btf__name_by_offset(types, declared->name_off), name) != 0) continue;
      if (variable->offset + variable->size <= size) memcpy(values + variable->offset, &value, variable->size);
    }
    return;
  }
}

/**
 * Tracepoints are preemptible where they are protected by sleepable RCU, as from Linux 7 on; such a kernel has what
 * bpf/second_program.h keeps the processor with, too.
 */
bool tracepoints_are_preemptible() {
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) return false;
  const bool are = btf__find_by_name_kind(types, "tracepoint_srcu_srcu_data", BTF_KIND_VAR) > 0 &&
                   btf__find_by_name_kind(types, "bpf_preempt_disable", BTF_KIND_FUNC) > 0 &&
                   btf__find_by_name_kind(types, "bpf_local_irq_save", BTF_KIND_FUNC) > 0;
  btf__free(types);
  return are;
}

}  // namespace

LoadedPrograms::~LoadedPrograms() { close(); }

bool LoadedPrograms::fail(const char* code, std::string message) {
  failure_ = {code, std::move(message)};
  close();
  return false;
}

size_t LoadedPrograms::index_of(const std::string& name) const {
  for (size_t i = 0; i < set_->count; i++) {
    if (name == set_->programs[i].name) return i;
  }
  return set_->count;
}

bool LoadedPrograms::open(const std::string& cgroup, uint32_t ring_bytes, const std::string& tier) {
  const std::string missing = missing_capabilities();
  if (!missing.empty()) {
    return fail("PERMISSION", "eBPF needs " + missing +
                                  ", which this process does not have. Run it as root, or give it CAP_BPF, "
                                  "CAP_PERFMON and CAP_NET_ADMIN (systemd: AmbientCapabilities=).");
  }
  std::string why_not_higher;
  for (size_t i = 0; i < kProgramSetCount; i++) {
    const ProgramSet& set = *kProgramSets[i];
    if (!tier.empty() && tier != set.tier) continue;
    if (open_set(set, cgroup, ring_bytes)) {
      report_lacking(why_not_higher);
      return true;
    }
    if (why_not_higher.empty()) why_not_higher = failure_.message;
    // A lower tier needs the same privileges.
    if (failure_.code == "PERMISSION") return false;
  }
  if (failure_.code.empty()) fail("UNSUPPORTED", "There is no tier " + tier + " of kernel programs.");
  return false;
}

void LoadedPrograms::report_lacking(const std::string& why_not_higher) {
  for (size_t i = 0; i < set_->lacking_count; i++) {
    reports_.push_back({set_->lacking[i].name, set_->lacking[i].purpose, "not here",
                        "tier " + std::string(set_->tier) + " does not see it" +
                            (why_not_higher.empty() ? "." : ". Why there is no higher one here: " + why_not_higher)});
  }
}

bool LoadedPrograms::open_set(const ProgramSet& set, const std::string& cgroup, uint32_t ring_bytes) {
  set_ = &set;
  reports_.clear();
  if (set.needs_btf && access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
    return fail("UNSUPPORTED",
                "This kernel does not describe itself: /sys/kernel/btf/vmlinux cannot be read. "
                "Use a kernel built with CONFIG_DEBUG_INFO_BTF (5.12 or later), and in a container mount /sys.");
  }
  wanted_.assign(set_->count, false);
  is_preemptible_ = tracepoints_are_preemptible();
  for (size_t i = 0; i < set_->count; i++) {
    const ProgramFacts& facts = set_->programs[i];
    wanted_[i] = facts.instead_of == nullptr && (is_preemptible_ || !facts.is_second);
  }
  if (!functions_can_be_traced()) leave_out_function_tracing();

  LibbpfLog log;
  for (;;) {
    if (!load(log, ring_bytes)) return false;
    switch (attach(log, cgroup)) {
      case Attaching::kDone:
        return true;
      case Attaching::kFailed:
        return false;
      case Attaching::kNeedsStandIn:
        close();
        reports_.erase(std::remove_if(reports_.begin(), reports_.end(),
                                      [](const PartReport& report) { return report.state == "attached"; }),
                       reports_.end());
    }
  }
}

int LoadedPrograms::try_load(uint32_t ring_bytes, const char* only) {
  size_t size = 0;
  const void* elf = set_->elf(&size);
  LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "packetless");
  object_ = bpf_object__open_mem(elf, size, &options);
  if (object_ == nullptr) return errno;
  set_constant(object_, "wake_bytes", std::min(kWakeBytes, ring_bytes / 4));
  set_constant(object_, "is_preemptible", is_preemptible_);
  bpf_map__set_max_entries(bpf_object__find_map_by_name(object_, "ring"), ring_bytes);
  if (!is_preemptible_) bpf_map__set_max_entries(bpf_object__find_map_by_name(object_, "served"), 1);
  for (size_t i = 0; i < set_->count; i++) {
    const char* name = set_->programs[i].name;
    bpf_program* program = bpf_object__find_program_by_name(object_, name);
    const bool is_wanted = only == nullptr ? wanted_[i] : strcmp(name, only) == 0;
    if (program != nullptr) bpf_program__set_autoload(program, is_wanted);
  }
  return -bpf_object__load(object_);
}

/**
 * Loads all at once, which is quick; whichever is refused drops out and the rest is tried again, if only the required
 * one is not refused.
 */
bool LoadedPrograms::load(LibbpfLog& log, uint32_t ring_bytes) {
  const char* only = nullptr;
  for (size_t attempt = 0; attempt <= set_->count + 1; attempt++) {
    log.clear();
    const int error = try_load(ring_bytes, only);
    if (object_ == nullptr) {
      return fail("UNSUPPORTED", "The kernel programs cannot be read: " + log.reason());
    }
    if (error == 0 && only == nullptr) return true;
    if (error == 0) {
      bpf_object__close(object_);
      object_ = nullptr;
      only = nullptr;
      continue;
    }

    const size_t refused = index_of(log.failed_program());
    bpf_object__close(object_);
    object_ = nullptr;
    const bool is_required = refused < set_->count && strcmp(set_->programs[refused].name, set_->required) == 0;
    // Some programs are forbidden by themselves: a kernel may refuse to trace functions.
    if (error == EPERM && (refused == set_->count || is_required)) {
      return fail("PERMISSION",
                  "The kernel refuses eBPF to this process although it has the capabilities: they count only "
                  "outside of user namespaces, and a seccomp profile or kernel lockdown can forbid it too. "
                  "Run it in the host's user namespace (a container: privileged).");
    }
    if (refused == set_->count || !wanted_[refused]) {
      return fail("UNSUPPORTED", "The kernel programs cannot be loaded: " + log.reason() + " (" +
                                     strerror(error) + ")");
    }
    const std::string reason = log.reason();
    drop_out(refused, error == ESRCH ? "not here" : "failed", reason);
    if (is_required) {
      return fail("UNSUPPORTED", "This kernel does not take the program " + std::string(set_->required) + ": " +
                                     reason + ". Linux 5.12 or later with BTF is needed.");
    }
    if (attempt == 0) only = set_->required;
  }
  return fail("UNSUPPORTED", "No kernel program can be loaded.");
}

void LoadedPrograms::leave_out_function_tracing() {
  size_t size = 0;
  const void* elf = set_->elf(&size);
  bpf_object* object = bpf_object__open_mem(elf, size, nullptr);
  if (object == nullptr) return;
  for (size_t i = 0; i < set_->count; i++) {
    const bpf_program* program = bpf_object__find_program_by_name(object, set_->programs[i].name);
    const bool traces_function = program != nullptr && section_begins(program, "fexit");
    // A second program goes with its first.
    if (traces_function && !set_->programs[i].is_second) drop_out(i, "failed", "this kernel does not let functions be traced");
  }
  bpf_object__close(object);
}

bool LoadedPrograms::drop_out(size_t index, const std::string& state, const std::string& error) {
  wanted_[index] = false;
  const ProgramFacts& facts = set_->programs[index];
  // Another form of one that was refused loses nothing more.
  const size_t first_form = facts.instead_of == nullptr ? set_->count : index_of(facts.instead_of);
  if (first_form == set_->count || strcmp(set_->programs[first_form].purpose, facts.purpose) != 0)
    reports_.push_back({facts.name, facts.purpose, state, error});
  const bool has_stand_in = want_stand_ins(index);
  const size_t second = index_of(std::string(facts.name) + "_second");
  if (second == set_->count || !wanted_[second]) return has_stand_in;
  wanted_[second] = false;
  return want_stand_ins(second) || has_stand_in;
}

bool LoadedPrograms::want_stand_ins(size_t index) {
  bool has_stand_in = false;
  for (size_t i = 0; i < set_->count; i++) {
    const char* instead_of = set_->programs[i].instead_of;
    if (instead_of == nullptr || strcmp(instead_of, set_->programs[index].name) != 0) continue;
    wanted_[i] = has_stand_in = true;
  }
  return has_stand_in;
}

LoadedPrograms::Attaching LoadedPrograms::attach(LibbpfLog& log, const std::string& cgroup) {
  const std::string directory = cgroup.empty() ? cgroup2_root() : cgroup;
  const int cgroup_fd = directory.empty() ? -1 : ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::string no_cgroup = directory.empty()
                                    ? "no cgroup2 tree is mounted"
                                    : "cannot open " + directory + ": " + strerror(errno);

  bool needs_stand_in = false;
  const std::vector<bool> loaded = wanted_;
  for (size_t i = 0; i < set_->count; i++) {
    if (!loaded[i] || !wanted_[i]) continue;
    const ProgramFacts& facts = set_->programs[i];
    bpf_program* program = bpf_object__find_program_by_name(object_, facts.name);
    if (is_cgroup_program(program) && cgroup_fd < 0) {
      drop_out(i, "not here", no_cgroup);
      continue;
    }
    log.clear();
    bpf_link* link = attach_one(program, cgroup_fd);
    if (link == nullptr) {
      const bool is_absent = errno == ENOENT || errno == ESRCH;
      // What stands in for it was not loaded.
      needs_stand_in = drop_out(i, is_absent ? "not here" : "failed", log.reason()) || needs_stand_in;
      continue;
    }
    if (strcmp(facts.name, "existing_sockets") == 0) {
      existing_ = link;
    } else if (strcmp(facts.name, "living_sockets") == 0) {
      living_ = link;
    } else if (strcmp(facts.name, "waiting_sockets") == 0) {
      waiting_ = link;
    } else {
      links_.push_back(link);
    }
    reports_.push_back({facts.name, facts.purpose, "attached", ""});
  }
  if (cgroup_fd >= 0) ::close(cgroup_fd);
  if (needs_stand_in) return Attaching::kNeedsStandIn;
  if (set_->leaves_existing_sockets) {
    reports_.push_back({"existing_sockets", "owners of sockets that are older than the agent", "attached", ""});
  }
  for (const PartReport& report : reports_) {
    if (report.name == set_->required && report.state != "attached") {
      fail("UNSUPPORTED", "The kernel program " + report.name + " cannot be attached: " + report.error);
      return Attaching::kFailed;
    }
  }
  return Attaching::kDone;
}

bpf_link* LoadedPrograms::attach_one(bpf_program* program, int cgroup_fd) const {
  if (is_cgroup_program(program)) return bpf_program__attach_cgroup(program, cgroup_fd);
  if (!section_begins(program, "iter/bpf_sk_storage_map")) return bpf_program__attach(program);
  bpf_iter_link_info info = {};
  info.map.map_fd = map("sockets");
  LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info, .link_info_len = sizeof info);
  return bpf_program__attach_iter(program, &options);
}

/** The kernel side writes each record at once, and a part never ends within one. */
SocketVisit LoadedPrograms::read_iterator(bpf_link* link, const std::function<void(const uint8_t*, size_t)>& take) {
  SocketVisit visit;
  const int records = link == nullptr ? -1 : bpf_iter_create(bpf_link__fd(link));
  if (records < 0) return visit;
  std::vector<uint8_t> bytes(kIteratorBytes);
  for (;;) {
    const ssize_t length = read(records, bytes.data(), bytes.size());
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    visit.is_complete = length == 0;
    if (length <= 0) break;
    visit.parts++;
    take(bytes.data(), length);
  }
  ::close(records);
  return visit;
}

void LoadedPrograms::find_owners(const Owners::Tell& tell) {
  if (finds_owners_itself()) {
    name_existing_sockets({map("sockets"), map("old_sockets"), map("told_processes")}, tell);
    return;
  }
  if (existing_ == nullptr) return;
  const int files = bpf_iter_create(bpf_link__fd(existing_));
  if (files >= 0) {
    char nothing[64];
    ssize_t length;
    do {
      length = read(files, nothing, sizeof nothing);
    } while (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)));
    ::close(files);
  }
}

SocketVisit LoadedPrograms::visit_living_sockets(const std::function<void(const void*, size_t)>& take) {
  return read_iterator(living_, [&take](const uint8_t* at, size_t left) {
    while (left >= sizeof(record_header)) {
      const uint32_t size = reinterpret_cast<const record_header*>(at)->size;
      if (size < sizeof(record_header) || size > left) break;
      take(at, size);
      at += size;
      left -= size;
    }
  });
}

SocketVisit LoadedPrograms::visit_waiting_sockets(const std::function<void(uint64_t cookie)>& take) {
  return read_iterator(waiting_, [&take](const uint8_t* at, size_t length) {
    uint64_t cookie;
    for (size_t i = 0; i + sizeof cookie <= length; i += sizeof cookie) {
      memcpy(&cookie, at + i, sizeof cookie);
      take(cookie);
    }
  });
}

bool LoadedPrograms::can_be_read() const {
  const uint32_t key = 0;
  std::vector<uint64_t> values(libbpf_num_possible_cpus());
  if (bpf_map_lookup_elem(counters_map(), &key, values.data()) != 0) return false;
  if (living_ == nullptr) return true;
  const int sockets = bpf_iter_create(bpf_link__fd(living_));
  if (sockets < 0) return false;
  ::close(sockets);
  return true;
}

void LoadedPrograms::close() {
  for (bpf_link* link : links_) bpf_link__destroy(link);
  links_.clear();
  for (bpf_link** link : {&existing_, &living_, &waiting_}) {
    if (*link != nullptr) bpf_link__destroy(*link);
    *link = nullptr;
  }
  if (object_ != nullptr) bpf_object__close(object_);
  object_ = nullptr;
}

bool LoadedPrograms::is_attached(const char* name) const {
  return std::any_of(reports_.begin(), reports_.end(), [name](const PartReport& report) {
    return report.name == name && report.state == "attached";
  });
}

bool LoadedPrograms::has_stand_in(const char* name) const {
  for (size_t i = 0; i < set_->count; i++) {
    const char* instead_of = set_->programs[i].instead_of;
    if (instead_of != nullptr && strcmp(instead_of, name) == 0 && is_attached(set_->programs[i].name)) return true;
  }
  return false;
}

std::string LoadedPrograms::tier() const {
  if (set_ == nullptr) return "";
  bool complete = true;
  bool has_extra = false;
  for (size_t i = 0; i < set_->count; i++) {
    const ProgramFacts& facts = set_->programs[i];
    if (facts.is_second) continue;
    const bool here = is_attached(facts.name);
    if (facts.is_extra) {
      has_extra = has_extra || here;
    } else if (facts.instead_of == nullptr) {
      complete = complete && (here || has_stand_in(facts.name));
    }
  }
  return std::string(set_->tier) + (!complete ? "-" : has_extra ? "+" : "");
}

std::vector<std::string> LoadedPrograms::reset_reasons() const {
  std::vector<std::string> reasons;
  btf* types = btf__load_vmlinux_btf();
  if (types == nullptr) return reasons;
  const int id = btf__find_by_name_kind(types, "sk_rst_reason", BTF_KIND_ENUM);
  if (id > 0) {
    const btf_type* type = btf__type_by_id(types, id);
    const struct btf_enum* value = btf_enum(type);
    for (uint16_t i = 0; i < btf_vlen(type); i++, value++) {
      if (value->val < 0 || value->val > 255) continue;
      if (reasons.size() <= static_cast<size_t>(value->val)) reasons.resize(value->val + 1);
      reasons[value->val] = btf__name_by_offset(types, value->name_off);
    }
  }
  btf__free(types);
  return reasons;
}

uint64_t LoadedPrograms::missed() const {
  uint64_t missed = 0;
  for (size_t i = 0; i < set_->count; i++) {
    if (set_->programs[i].is_second) continue;
    const bpf_program* program = bpf_object__find_program_by_name(object_, set_->programs[i].name);
    bpf_prog_info info = {};
    uint32_t size = sizeof info;
    if (bpf_program__fd(program) >= 0 && bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) {
      missed += info.recursion_misses;
    }
  }
  return missed;
}

int LoadedPrograms::map(const char* name) const {
  return bpf_map__fd(bpf_object__find_map_by_name(object_, name));
}
