#include "existing_sockets.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "proc_files.h"
#include "socket_state.h"

namespace {

/** An open file of a process. */
struct Holding {
  uint32_t pid;
  int fd;
};

/** By the socket's inode; each process once. */
using Holders = std::unordered_map<uint64_t, std::vector<Holding>>;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

void visit_files(uint32_t pid, Holders& holders) {
  DIR* files = opendir(("/proc/" + std::to_string(pid) + "/fd").c_str());
  if (files == nullptr) return;
  while (const dirent* entry = readdir(files)) {
    char target[64];
    const ssize_t length = readlinkat(dirfd(files), entry->d_name, target, sizeof target - 1);
    if (length <= 0) continue;
    target[length] = '\0';
    unsigned long long inode = 0;
    if (sscanf(target, "socket:[%llu]", &inode) != 1) continue;
    std::vector<Holding>& of_socket = holders[inode];
    if (of_socket.empty() || of_socket.back().pid != pid) of_socket.push_back({pid, atoi(entry->d_name)});
  }
  closedir(files);
}

Holders find_holders() {
  Holders holders;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return holders;
  const auto self = static_cast<uint32_t>(getpid());
  while (const dirent* entry = readdir(proc)) {
    const auto pid = static_cast<uint32_t>(strtoul(entry->d_name, nullptr, 10));
    // While it looks, this process holds others' sockets itself.
    if (pid != 0 && pid != self) visit_files(pid, holders);
  }
  closedir(proc);
  visit_files(self, holders);
  return holders;
}

/** Whoever shares a socket that waits got it from the process that began first. */
const Holding& first_holder(const std::vector<Holding>& holders) {
  if (holders.size() == 1) return holders.front();
  return *std::min_element(holders.begin(), holders.end(), [](const Holding& one, const Holding& other) {
    proc_files::Stat a;
    proc_files::Stat b;
    if (!proc_files::stat(one.pid, a)) return false;
    if (!proc_files::stat(other.pid, b)) return true;
    return a.start_ticks != b.start_ticks ? a.start_ticks < b.start_ticks : one.pid < other.pid;
  });
}

template <typename Value>
bool socket_option(int socket, int level, int name, Value& value) {
  socklen_t size = sizeof value;
  return getsockopt(socket, level, name, &value, &size) == 0;
}

/** Fills in what no program has written. False for a socket of TCP without a conversation. */
bool describe(int socket, bool is_known, socket_state& state, bool& is_connection) {
  int protocol = 0;
  is_connection = false;
  if (!socket_option(socket, SOL_SOCKET, SO_PROTOCOL, protocol)) return false;
  if (protocol != IPPROTO_TCP) return true;
  tcp_info info = {};
  if (!socket_option(socket, IPPROTO_TCP, TCP_INFO, info)) return false;
  switch (info.tcpi_state) {
    case TCP_CLOSE:
    case TCP_SYN_SENT:
      // The programs see what becomes of it.
      return false;
    case TCP_LISTEN:
      state.side = SIDE_SERVER;
      return true;
  }
  is_connection = true;
  if (is_known) return true;
  state.opened = true;
  state.retransmits_told = info.tcpi_total_retrans;
  return true;
}

bool is_internet(int socket) {
  int family = 0;
  return socket_option(socket, SOL_SOCKET, SO_DOMAIN, family) && (family == AF_INET || family == AF_INET6);
}

class Naming {
 public:
  Naming(const SocketMaps& maps, const Owners::Tell& tell) : maps_(maps), owners_(tell) { owners_.begin_look(); }
  ~Naming() {
    if (process_ >= 0) close(process_);
  }
  Naming(const Naming&) = delete;
  Naming& operator=(const Naming&) = delete;

  void visit(uint64_t inode, const std::vector<Holding>& holders) {
    const Holding& holding = first_holder(holders);
    const Descriptor socket(take(holding));
    struct stat found = {};
    // The file may have been closed, and its number used again.
    if (socket.get() < 0 || fstat(socket.get(), &found) != 0 || found.st_ino != inode) return;
    if (!is_internet(socket.get())) return;
    const int fd = socket.get();
    socket_state state = {};
    const bool is_known = bpf_map_lookup_elem(maps_.sockets, &fd, &state) == 0;
    if (is_known && state.owner.evidence != EVIDENCE_NONE) return;
    bool is_connection = false;
    uint64_t cookie = 0;
    // Asking gives it one: bpf/socket.h.
    if (!describe(fd, is_known, state, is_connection) || !socket_option(fd, SOL_SOCKET, SO_COOKIE, cookie)) return;
    if (holders.size() == 1 || !is_connection) name(holding.pid, state.owner);
    if (is_known) {
      correct(fd, state);
    } else if (bpf_map_update_elem(maps_.sockets, &fd, &state, BPF_NOEXIST) == 0 && is_connection) {
      bpf_map_update_elem(maps_.old_sockets, &cookie, &state, BPF_NOEXIST);
    }
  }

 private:
  /** A copy of another process's descriptor. */
  int take(const Holding& holding) {
    if (holding.pid != pid_) {
      if (process_ >= 0) close(process_);
      process_ = static_cast<int>(syscall(SYS_pidfd_open, holding.pid, 0));
      pid_ = holding.pid;
    }
    return process_ < 0 ? -1 : static_cast<int>(syscall(SYS_pidfd_getfd, process_, holding.fd, 0));
  }

  /** Evidence stays EVIDENCE_NONE when the process is gone. */
  void name(uint32_t pid, owner_fields& owner) {
    SocketHolder holder;
    holder.pid = pid;
    if (!proc_files::stat(pid, holder.stat) || !owners_.name(holder, owner)) return;
    owner.tid = pid;
    owner.evidence = EVIDENCE_SNAPSHOT;
    // The programs tell the end of those that they have told of.
    const told_process unlike_any = {};
    bpf_map_update_elem(maps_.told_processes, &pid, &unlike_any, BPF_NOEXIST);
  }

  /** A program knows it, but not its owner: bpf/snapshot.h does the same. */
  void correct(int fd, socket_state& state) {
    if (state.owner.evidence == EVIDENCE_NONE) return;
    state.owner_untold = state.opened || state.has_conversations;
    if (state.accept_untold) state.taken = true;
    bpf_map_update_elem(maps_.sockets, &fd, &state, BPF_EXIST);
  }

  const SocketMaps maps_;
  Owners owners_;
  uint32_t pid_ = 0;
  int process_ = -1;
};

}  // namespace

void name_existing_sockets(const SocketMaps& maps, const Owners::Tell& tell) {
  // Inside of a pid namespace the same number is another process.
  if (!proc_files::shows_kernel_pids()) return;
  Naming naming(maps, tell);
  for (const auto& [inode, holders] : find_holders()) naming.visit(inode, holders);
}
