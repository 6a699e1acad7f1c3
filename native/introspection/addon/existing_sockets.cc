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

constexpr size_t kStatusBytes = 4096;

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

/** Real ids, as the programs tell them. */
bool read_ids(uint32_t pid, owner_fields& owner) {
  std::string status;
  if (!proc_files::read("/proc/" + std::to_string(pid) + "/status", kStatusBytes, status)) return false;
  const size_t uid = status.find("\nUid:");
  const size_t gid = status.find("\nGid:");
  return uid != std::string::npos && gid != std::string::npos &&
         sscanf(status.c_str() + uid, "\nUid: %u", &owner.uid) == 1 &&
         sscanf(status.c_str() + gid, "\nGid: %u", &owner.gid) == 1;
}

/** Evidence stays EVIDENCE_NONE when the process is gone. */
owner_fields owner_of(uint32_t pid) {
  owner_fields owner = {};
  const std::string comm = proc_files::comm(pid, 0);
  if (comm.empty() || !read_ids(pid, owner)) return {};
  owner.pid = pid;
  owner.tid = pid;
  owner.cgroup_id = proc_files::cgroup_id(pid);
  memcpy(owner.comm, comm.data(), std::min(comm.size(), sizeof owner.comm - 1));
  owner.evidence = EVIDENCE_SNAPSHOT;
  return owner;
}

template <typename Value>
bool socket_option(int socket, int level, int name, Value& value) {
  socklen_t size = sizeof value;
  return getsockopt(socket, level, name, &value, &size) == 0;
}

/** Unless it is a socket of TCP in a state without a conversation. */
bool describe(int socket, socket_state& state, bool& is_old_connection) {
  int protocol = 0;
  is_old_connection = false;
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
  state.opened = true;
  state.retransmits_told = info.tcpi_total_retrans;
  is_old_connection = true;
  return true;
}

bool is_internet(int socket) {
  int family = 0;
  return socket_option(socket, SOL_SOCKET, SO_DOMAIN, family) && (family == AF_INET || family == AF_INET6);
}

/** What the programs have written meanwhile stays, but for an owner they did not know. */
void name_socket(int map, int socket, const socket_state& state) {
  if (bpf_map_update_elem(map, &socket, &state, BPF_NOEXIST) == 0 || errno != EEXIST) return;
  socket_state known;
  if (bpf_map_lookup_elem(map, &socket, &known) != 0 || known.owner.evidence != EVIDENCE_NONE) return;
  known.owner = state.owner;
  known.owner_untold = known.has_conversations;
  bpf_map_update_elem(map, &socket, &known, BPF_EXIST);
}

class Naming {
 public:
  explicit Naming(const SocketMaps& maps) : maps_(maps) {}
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
    socket_state state = {};
    bool is_old_connection = false;
    if (!is_internet(socket.get()) || !describe(socket.get(), state, is_old_connection)) return;
    if (holders.size() == 1 || !is_old_connection) state.owner = owner_of(holding.pid);
    uint64_t cookie = 0;
    // Asking gives it one: bpf/socket.h.
    if (!socket_option(socket.get(), SOL_SOCKET, SO_COOKIE, cookie)) return;
    name_socket(maps_.sockets, socket.get(), state);
    if (is_old_connection) bpf_map_update_elem(maps_.old_sockets, &cookie, &state, BPF_NOEXIST);
    if (state.owner.evidence != EVIDENCE_NONE) await_exit(holding.pid);
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

  /** The end of a process is told only of those that were told of; this one is as soon as it is looked up. */
  void await_exit(uint32_t pid) {
    const told_process unlike_any = {};
    bpf_map_update_elem(maps_.told_processes, &pid, &unlike_any, BPF_NOEXIST);
  }

  const SocketMaps maps_;
  uint32_t pid_ = 0;
  int process_ = -1;
};

}  // namespace

void name_existing_sockets(const SocketMaps& maps) {
  // Inside of a pid namespace the same number is another process.
  if (!proc_files::shows_kernel_pids()) return;
  Naming naming(maps);
  for (const auto& [inode, holders] : find_holders()) naming.visit(inode, holders);
}
