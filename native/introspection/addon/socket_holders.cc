#include "socket_holders.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace {

const SocketHolder* find_holder(const std::vector<SocketHolder>& holders, uint32_t pid) {
  const auto found =
      std::find_if(holders.begin(), holders.end(), [pid](const SocketHolder& holder) { return holder.pid == pid; });
  return found == holders.end() ? nullptr : &*found;
}

std::string path_of(uint32_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

/** Whether both run the same file; false where that may not be known. */
bool run_the_same(const SocketHolder& one, const SocketHolder& other) {
  struct stat a = {};
  struct stat b = {};
  return stat(path_of(one.pid, "exe").c_str(), &a) == 0 && stat(path_of(other.pid, "exe").c_str(), &b) == 0 &&
         a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

}  // namespace

void SocketHolders::walk() {
  walk_++;
  // Mounted with hidepid, /proc shows one's own processes only, and no other is refused.
  refused_ = access("/proc/1", F_OK) == 0 ? 0 : 1;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = readdir(proc)) {
    char* end = nullptr;
    const auto pid = static_cast<uint32_t>(strtoul(entry->d_name, &end, 10));
    if (pid != 0 && *end == 0) visit_process(pid);
  }
  closedir(proc);
}

void SocketHolders::visit_process(uint32_t pid) {
  SocketHolder holder;
  holder.pid = pid;
  const bool may_see = open_sockets_.visit(pid, [&](uint32_t inode) {
    const auto wanted = sockets_.find(inode);
    if (wanted == sockets_.end()) return;
    if (holder.stat.start_ticks == 0 && !proc_files::stat(pid, holder.stat)) return;
    Found& found = wanted->second;
    if (found.walk != walk_) found = {walk_, {}};
    if (found.holders.empty() || found.holders.back().pid != pid) found.holders.push_back(holder);
  });
  if (!may_see) refused_++;
}

const std::vector<SocketHolder>& SocketHolders::of(uint32_t inode) const {
  static const std::vector<SocketHolder> none;
  const auto found = sockets_.find(inode);
  return found == sockets_.end() || found->second.walk != walk_ ? none : found->second.holders;
}

const SocketHolder* owner_among(const std::vector<SocketHolder>& holders, bool is_listening) {
  if (holders.size() == 1) return &holders.front();
  if (!is_listening) return nullptr;
  const SocketHolder* first = nullptr;
  for (const SocketHolder& holder : holders) {
    const SocketHolder* parent = find_holder(holders, holder.stat.parent_pid);
    if (parent != nullptr) continue;
    if (first != nullptr) return nullptr;
    first = &holder;
  }
  for (const SocketHolder& holder : holders) {
    if (first == nullptr || (&holder != first && !run_the_same(*first, holder))) return nullptr;
  }
  return first;
}
