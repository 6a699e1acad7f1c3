#include "open_sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr char kPrefix[] = "socket:[";

std::string path_of(uint32_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

bool is_refused(int error) { return error == EACCES || error == EPERM; }

struct FileInfo {
  uint64_t mount_id = 0;
  uint64_t inode = 0;
};

/** proc_pid_fdinfo(5): lines "name:\tnumber". The inode is there from Linux 5.14 on. */
bool read_info(int directory, const char* name, FileInfo& info) {
  const int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[512];
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return false;
  text[length] = 0;
  const char* mount_id = strstr(text, "mnt_id:");
  const char* inode = strstr(text, "ino:");
  if (mount_id == nullptr || inode == nullptr) return false;
  info.mount_id = strtoull(mount_id + sizeof "mnt_id:" - 1, nullptr, 10);
  info.inode = strtoull(inode + sizeof "ino:" - 1, nullptr, 10);
  return true;
}

}  // namespace

OpenSockets::OpenSockets() {
  const int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int own = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  FileInfo info;
  if (any >= 0 && own >= 0 && read_info(own, std::to_string(any).c_str(), info)) mount_id_ = info.mount_id;
  if (any >= 0) close(any);
  if (own >= 0) close(own);
}

bool OpenSockets::visit(uint32_t pid, const std::function<void(uint32_t inode)>& take) const {
  DIR* list = opendir(path_of(pid, "fd").c_str());
  // Other users' /proc/PID/fd needs CAP_DAC_READ_SEARCH besides CAP_SYS_PTRACE; fdinfo tells the same, for more time.
  if (list == nullptr) return !is_refused(errno) || visit_info(pid, take);
  bool may_see = true;
  while (const dirent* entry = readdir(list)) {
    char target[64];
    if (entry->d_name[0] == '.') continue;
    const ssize_t length = readlinkat(dirfd(list), entry->d_name, target, sizeof target - 1);
    if (length < 0) {
      may_see = may_see && !is_refused(errno);
      continue;
    }
    target[length] = 0;
    if (strncmp(target, kPrefix, sizeof kPrefix - 1) == 0)
      take(static_cast<uint32_t>(strtoul(target + sizeof kPrefix - 1, nullptr, 10)));
  }
  closedir(list);
  return may_see;
}

bool OpenSockets::visit_info(uint32_t pid, const std::function<void(uint32_t inode)>& take) const {
  if (mount_id_ == 0) return false;
  DIR* list = opendir(path_of(pid, "fdinfo").c_str());
  if (list == nullptr) return !is_refused(errno);
  while (const dirent* entry = readdir(list)) {
    FileInfo info;
    if (entry->d_name[0] != '.' && read_info(dirfd(list), entry->d_name, info) && info.mount_id == mount_id_)
      take(static_cast<uint32_t>(info.inode));
  }
  closedir(list);
  return true;
}
