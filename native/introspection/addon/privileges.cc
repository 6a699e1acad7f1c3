#include "privileges.h"

#include <dirent.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "proc_files.h"

/*
 * Capabilities are a thread's own (capset(2)), and Node.js and the libraries in it have threads that nobody here made.
 * So each thread is made to do it itself, in a signal handler, as the C library does for setuid(): with the signal
 * that the C library keeps for that, because it is the one that its threads cannot block. libzmq's block all others.
 */
namespace {

/** SIGSETXID of glibc (nptl/internal-signals.h); musl keeps it for the same purpose or for a like one. */
constexpr int kSignal = __SIGRTMIN + 1;
constexpr int kRounds = 400;
constexpr int kRoundUs = 5000;
/** A thread that sleeps in the kernel may take a while. */
constexpr int kSignalEveryRounds = 40;
constexpr size_t kStatusBytes = 4096;

/** struct kernel_sigaction: the C library's own sigaction() refuses this signal. */
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

const char* const kNames[] = {
    "CAP_CHOWN",          "CAP_DAC_OVERRIDE",  "CAP_DAC_READ_SEARCH", "CAP_FOWNER",         "CAP_FSETID",
    "CAP_KILL",           "CAP_SETGID",        "CAP_SETUID",          "CAP_SETPCAP",        "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN",     "CAP_NET_RAW",        "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",      "CAP_SYS_MODULE",    "CAP_SYS_RAWIO",       "CAP_SYS_CHROOT",     "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",      "CAP_SYS_ADMIN",     "CAP_SYS_BOOT",        "CAP_SYS_NICE",       "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",       "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",          "CAP_LEASE",          "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",  "CAP_SETFCAP",       "CAP_MAC_OVERRIDE",    "CAP_MAC_ADMIN",      "CAP_SYSLOG",
    "CAP_WAKE_ALARM",     "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",      "CAP_PERFMON",        "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

/** Read by the handler; written before any signal is sent. */
CapabilitySet g_keep;

/** Whether the kernel's number of a capability is out of range is told by EINVAL. */
constexpr int kMostCapabilities = 64;

bool read_own(__user_cap_data_struct (&data)[2]) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return syscall(SYS_capget, &header, data) == 0;
}

bool write_own(__user_cap_data_struct (&data)[2]) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  return syscall(SYS_capset, &header, data) == 0;
}

void write_effective(CapabilitySet effective) {
  __user_cap_data_struct data[2] = {};
  if (!read_own(data)) return;
  for (int i = 0; i < 2; i++) data[i].effective = static_cast<uint32_t>(effective >> (32 * i)) & data[i].permitted;
  write_own(data);
}

CapabilitySet effective_capabilities() {
  __user_cap_data_struct data[2] = {};
  return read_own(data) ? static_cast<uint64_t>(data[1].effective) << 32 | data[0].effective : 0;
}

/** Of the calling thread; async-signal-safe. What failed shows in the thread's status. */
void drop_own_privileges() {
  __user_cap_data_struct data[2] = {};
  if (!read_own(data)) return;
  syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if ((data[0].effective >> CAP_SETPCAP & 1) != 0) {
    for (int i = 0; i < kMostCapabilities && syscall(SYS_prctl, PR_CAPBSET_DROP, i, 0, 0, 0) == 0; i++) {
    }
  }
  for (int i = 0; i < 2; i++) {
    const uint32_t keep = g_keep >> (32 * i);
    data[i].permitted &= keep;
    data[i].effective = data[i].permitted;
    data[i].inheritable = 0;
  }
  write_own(data);
}

void on_signal(int) {
  const int error = errno;
  drop_own_privileges();
  errno = error;
}

bool swap_action(const KernelAction* fresh, KernelAction* old) {
  return syscall(SYS_rt_sigaction, kSignal, fresh, old, sizeof(uint64_t)) == 0;
}

/** The C library's own way back from a handler, as it stands behind every action that it sets. */
bool complete(KernelAction& action) {
  constexpr int kAnySignal = SIGURG;
  struct sigaction before;
  struct sigaction own = {};
  own.sa_handler = on_signal;
  if (sigaction(kAnySignal, &own, &before) != 0) return false;
  KernelAction found = {};
  const bool ok = syscall(SYS_rt_sigaction, kAnySignal, nullptr, &found, sizeof(uint64_t)) == 0;
  sigaction(kAnySignal, &before, nullptr);
  action.flags = found.flags | SA_RESTART;
  action.restorer = found.restorer;
  return ok;
}

uint64_t field(const std::string& status, const char* name, int base) {
  const size_t at = status.find(std::string("\n") + name + ":");
  return at == std::string::npos ? ~uint64_t{0} : strtoull(status.c_str() + at + strlen(name) + 2, nullptr, base);
}

struct Thread {
  pid_t id;
  /** It ended between being listed and being looked at. */
  bool is_gone;
  bool is_dropped;
  bool has_pending_signal;
};

std::vector<Thread> threads() {
  std::vector<Thread> threads;
  DIR* directory = opendir("/proc/self/task");
  if (directory == nullptr) return threads;
  for (const dirent* entry = readdir(directory); entry != nullptr; entry = readdir(directory)) {
    std::string status;
    const pid_t id = atoi(entry->d_name);
    if (id == 0) continue;
    if (!proc_files::read(std::string("/proc/self/task/") + entry->d_name + "/status", kStatusBytes, status)) {
      threads.push_back({id, true, false, false});
      continue;
    }
    const uint64_t left = (field(status, "CapPrm", 16) | field(status, "CapEff", 16)) & ~g_keep;
    const uint64_t inherited = field(status, "CapInh", 16) | field(status, "CapAmb", 16);
    const bool no_new = field(status, "NoNewPrivs", 10) == 1;
    const bool pending = (field(status, "SigPnd", 16) >> (kSignal - 1) & 1) != 0;
    threads.push_back({id, false, left == 0 && inherited == 0 && no_new, pending});
  }
  closedir(directory);
  return threads;
}

/**
 * Signals whoever has not done it until all have. Returns how many have not. A thread that has not may begin another
 * after the list was read, and do it, or end, before it is looked at: so only a second look finds all.
 */
size_t broadcast() {
  std::map<pid_t, int> signalled;
  bool was_clean = false;
  size_t left = 0;
  for (int round = 0; round < kRounds; round++) {
    left = 0;
    bool is_clean = true;
    const std::vector<Thread> now = threads();
    if (now.empty()) return 1;
    for (const Thread& thread : now) {
      is_clean = is_clean && thread.is_dropped && !thread.has_pending_signal;
      if (thread.is_gone || (thread.is_dropped && !thread.has_pending_signal)) continue;
      left++;
      const auto before = signalled.find(thread.id);
      if (thread.has_pending_signal || (before != signalled.end() && round - before->second < kSignalEveryRounds)) {
        continue;
      }
      syscall(SYS_tgkill, getpid(), thread.id, kSignal);
      signalled[thread.id] = round;
    }
    if (is_clean && was_clean) return 0;
    was_clean = is_clean;
    if (left != 0) usleep(kRoundUs);
  }
  return left;
}

}  // namespace

CapabilitySet permitted_capabilities() {
  __user_cap_data_struct data[2] = {};
  if (!read_own(data)) return 0;
  return static_cast<uint64_t>(data[1].permitted) << 32 | data[0].permitted;
}

std::vector<std::string> capability_names(CapabilitySet capabilities) {
  std::vector<std::string> names;
  for (int i = 0; i < kMostCapabilities; i++) {
    if ((capabilities >> i & 1) == 0) continue;
    names.push_back(static_cast<size_t>(i) < std::size(kNames) ? kNames[i] : "capability " + std::to_string(i));
  }
  return names;
}

int capability_number(const std::string& name) {
  for (size_t i = 0; i < std::size(kNames); i++) {
    if (name == kNames[i]) return i;
  }
  return -1;
}

WithoutCapabilities::WithoutCapabilities(CapabilitySet without) : effective_(effective_capabilities()) {
  write_effective(effective_ & ~without);
}

WithoutCapabilities::~WithoutCapabilities() { write_effective(effective_); }

std::string drop_privileges(CapabilitySet keep) {
  g_keep = keep;
  // Threads that are begun from now on begin without them.
  drop_own_privileges();
  KernelAction ours = {};
  KernelAction before = {};
  ours.handler = on_signal;
  if (!complete(ours) || !swap_action(&ours, &before)) {
    return std::string("a signal handler cannot be set: ") + strerror(errno);
  }
  const size_t left = broadcast();
  // While one is on its way the handler stays: without it the signal would end the process.
  if (left == 0) swap_action(&before, nullptr);
  if (left != 0) return std::to_string(left) + " of its threads still have privileges";
  return "";
}
