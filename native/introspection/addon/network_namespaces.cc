#include "network_namespaces.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/net_namespace.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "batch.h"
#include "host.h"
#include "namespace_search.h"

namespace {

constexpr size_t kMostNamespaces = 4096;
/** A search may take this share of the time at most: one part in so many. */
constexpr int64_t kSearchShare = 200;
constexpr int64_t kShortestPauseNs = 1'000'000'000;

/** Sockets are for the whole process, which needs most of its file descriptors for other things. */
size_t most_namespaces(int sockets_each) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 64;
  return std::min<size_t>(kMostNamespaces, limit.rlim_cur / 4 / sockets_each);
}

bool is_refusal(int error) { return error == EPERM || error == EACCES; }

/** Namespaces are entered by threads that end there. False when the system has no more threads. */
bool run_in_thread(std::function<void()> work) {
  pthread_t thread;
  const auto start = [](void* work) -> void* {
    (*static_cast<std::function<void()>*>(work))();
    return nullptr;
  };
  if (pthread_create(&thread, nullptr, start, &work) != 0) return false;
  pthread_join(thread, nullptr);
  return true;
}

/** Opens the file that stands for a namespace. Negative, and errno set, where that cannot be, or it is another's. */
int open_namespace(const std::string& path, uint32_t inode) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  struct stat status = {};
  // The process may have changed its namespace since it was found, or be another's.
  const int error = fstat(file, &status) != 0 ? errno : static_cast<uint32_t>(status.st_ino) != inode ? ESTALE : 0;
  if (error == 0) return file;
  close(file);
  errno = error;
  return -1;
}

/** Enters the namespace that a file stands for; only in a thread that then ends. Returns a positive errno or 0. */
int enter_namespace(const std::string& path, uint32_t inode) {
  const int file = open_namespace(path, inode);
  if (file < 0) return errno;
  const int error = setns(file, CLONE_NEWNET) != 0 ? errno : 0;
  close(file);
  return error;
}

}  // namespace

int NetworkNamespaces::open() {
  own_inode_ = own_network_namespace();
  auto own = std::make_unique<NetworkNamespace>(own_inode_);
  int error = own->route.open(NETLINK_ROUTE);
  if (error == 0 && wanted_.socket_diag) error = own->socket_diag.open(NETLINK_SOCK_DIAG);
  if (error != 0) {
    reports_.push_back({"netlink", "counters of network interfaces", "failed", strerror(error)});
    return error;
  }
  if (wanted_.notice_bytes > 0) open_notices(*own);
  report_others();
  namespaces_.emplace(own_inode_, std::move(own));
  return 0;
}

void NetworkNamespaces::report_others() {
  if (wanted_.socket_diag) {
    int error = EAGAIN;
    // To go where one is already takes the same right as to go anywhere else.
    run_in_thread([&] { error = enter_namespace("/proc/self/ns/net", own_inode_); });
    can_enter_ = error == 0;
    report("network_namespaces", "sockets in other network namespaces", error,
           "CAP_SYS_ADMIN is needed to enter them");
  }
  if (can_enter_) return;
  report("namespace_interfaces", "state of network interfaces in other network namespaces",
         has_capability(CAP_NET_ADMIN) ? 0 : EPERM, "CAP_NET_ADMIN is needed to name them");
}

void NetworkNamespaces::open_notices(NetworkNamespace& own) {
  const int refused = own.notices.open(NETLINK_SOCK_DIAG);
  const int error = refused != 0 ? refused : join_notices(own.notices);
  if (error == 0) own.notices.set_receive_buffer(wanted_.notice_bytes);
  else own.notices.close();
  report("destroy_notices", "exact ends of connections, and connections that live only a moment", error,
         "CAP_NET_ADMIN is needed for the kernel's notices of closed sockets");
}

void NetworkNamespaces::report(const char* name, const char* purpose, int error, const char* right) {
  reports_.push_back({name, purpose, error == 0 ? "attached" : "failed",
                      error == 0 ? "" : is_refusal(error) ? right : strerror(error)});
}

std::vector<uint32_t> NetworkNamespaces::refresh(int64_t now) {
  std::vector<uint32_t> gone;
  if (now < next_search_) return gone;
  const int64_t began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  const auto places = search_network_namespaces();
  next_search_ = now + std::max(kShortestPauseNs, (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began) * kSearchShare);

  for (auto it = namespaces_.begin(); it != namespaces_.end();) {
    if (places.count(it->first) > 0 || it->first == own_inode_) {
      ++it;
    } else {
      gone.push_back(it->first);
      it = namespaces_.erase(it);
    }
  }
  const size_t before = namespaces_.size();
  std::vector<std::pair<NetworkNamespace*, std::string>> to_enter;
  for (const auto& [inode, place] : places) {
    NetworkNamespace* in = add(inode);
    if (in == nullptr) continue;
    in->pid = place.pid;
    in->path = place.path;
    if (!in->route.is_open() && !in->is_refused) to_enter.emplace_back(in, place.path);
  }
  if (can_enter_ && !to_enter.empty()) run_in_thread([&] { enter(to_enter); });
  if (!gone.empty() || namespaces_.size() != before) forget_neighbours();
  return gone;
}

/** Null when there is no room for another. */
NetworkNamespace* NetworkNamespaces::add(uint32_t inode) {
  const auto known = namespaces_.find(inode);
  if (known != namespaces_.end()) return known->second.get();
  if (namespaces_.size() >= most_namespaces(1 + wanted_.socket_diag + (wanted_.notice_bytes > 0))) {
    if (left_out_.size() < kMostNamespaces) left_out_.insert(inode);
    left_out_count_ = left_out_.size();
    return nullptr;
  }
  return namespaces_.emplace(inode, std::make_unique<NetworkNamespace>(inode)).first->second.get();
}

/** Runs in a thread of its own, which ends in the last namespace that it entered. */
void NetworkNamespaces::enter(const std::vector<std::pair<NetworkNamespace*, std::string>>& places) {
  for (const auto& [to, path] : places) {
    const int error = enter_namespace(path, to->inode);
    if (error == 0) open_sockets(*to);
    // Others may be gone, or be entered by another process's way the next time.
    to->is_refused = is_refusal(error);
  }
}

/** All or none: what is half open is not tried again. */
void NetworkNamespaces::open_sockets(NetworkNamespace& in) {
  const bool is_open =
      in.route.open(NETLINK_ROUTE) == 0 && (!wanted_.socket_diag || in.socket_diag.open(NETLINK_SOCK_DIAG) == 0);
  if (!is_open) {
    in.route.close();
    in.socket_diag.close();
    return;
  }
  if (wanted_.notice_bytes == 0) return;
  if (in.notices.open(NETLINK_SOCK_DIAG) != 0 || join_notices(in.notices) != 0) in.notices.close();
  else in.notices.set_receive_buffer(wanted_.notice_bytes);
}

int NetworkNamespaces::join_notices(NetlinkSocket& socket) {
  for (const uint32_t group : {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY,
                               SKNLGRP_INET6_UDP_DESTROY}) {
    const int error = socket.join(group);
    if (error != 0) return error;
  }
  return 0;
}

NetworkNamespace* NetworkNamespaces::own() const {
  const auto found = namespaces_.find(own_inode_);
  return found == namespaces_.end() ? nullptr : found->second.get();
}

NamespaceId::~NamespaceId() {
  if (file_ >= 0) close(file_);
}

NamespaceId NetworkNamespaces::name_in_own(const NetworkNamespace& other) {
  NetworkNamespace* in = own();
  const int file = in == nullptr ? -1 : open_namespace(other.path, other.inode);
  if (file < 0) return {-1, -1};
  int32_t id = ask_id(in->route, file);
  if (id < 0) {
    rtgenmsg body = {};
    const int32_t any = NETNSA_NSID_NOT_ASSIGNED;
    const NetlinkRequest request = NetlinkRequest(body).with(NETNSA_FD, file).with(NETNSA_NSID, any);
    if (in->route.tell(RTM_NEWNSID, request.data(), request.size()) == 0) id = ask_id(in->route, file);
  }
  return {file, id};
}

/** What the namespace of `route` calls the one that a file stands for (RTM_GETNSID); negative when it has no name. */
int32_t NetworkNamespaces::ask_id(NetlinkSocket& route, int file) {
  rtgenmsg body = {};
  int32_t id = NETNSA_NSID_NOT_ASSIGNED;
  const NetlinkRequest request = NetlinkRequest(body).with(NETNSA_FD, file);
  (void)route.ask(RTM_GETNSID, request.data(), request.size(), [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWNSID) return;
    each_attribute_after<rtgenmsg>(message, [&](const rtattr& attribute) {
      if (attribute.rta_type == NETNSA_NSID) read_attribute(attribute, id);
    });
  });
  return id;
}

/** What was not found may be among the new ones, and an id may be given again when its namespace is gone. */
void NetworkNamespaces::forget_neighbours() {
  for (const auto& [inode, in] : namespaces_) {
    auto& neighbours = in->neighbours;
    for (auto it = neighbours.begin(); it != neighbours.end();) {
      it = namespaces_.count(it->second) > 0 ? std::next(it) : neighbours.erase(it);
    }
  }
}

/** Asks what each other namespace is called in here; an open socket tells its own namespace. */
void NetworkNamespaces::name_neighbours(NetworkNamespace& in, const std::vector<int32_t>& ids) const {
  std::vector<int32_t> wanted;
  for (const int32_t id : ids) {
    // Unknown until proven otherwise, and not asked for again before there is another namespace.
    if (in.neighbours.emplace(id, 0).second) wanted.push_back(id);
  }
  for (const auto& [inode, other] : namespaces_) {
    if (wanted.empty()) return;
    const int file = other->route.is_open() ? ioctl(other->route.fd(), SIOCGSKNS) : open_namespace(other->path, inode);
    if (file < 0) continue;
    const int32_t id = ask_id(in.route, file);
    ::close(file);
    const auto found = std::find(wanted.begin(), wanted.end(), id);
    if (found == wanted.end()) continue;
    in.neighbours[id] = inode;
    wanted.erase(found);
  }
}
