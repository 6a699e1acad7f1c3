#include "proc_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host.h"

namespace {

/** Inode of the first pid namespace (PROC_PID_INIT_INO in include/linux/proc_ns.h). */
constexpr ino_t kFirstPidNamespace = 0xEFFFFFFC;
constexpr size_t kStatBytes = 1024;
constexpr size_t kStatusBytes = 4096;
constexpr size_t kCgroupBytes = 4096;
constexpr size_t kPathBytes = 4096;
/** One line of a socket is 128 characters at most; a host with more sockets than fit has some that are not found. */
constexpr size_t kSocketTableBytes = 16 * 1024 * 1024;
constexpr int kMostDescriptors = 65536;

std::string path_of(uint32_t pid, const char* file) { return "/proc/" + std::to_string(pid) + "/" + file; }

/** The number behind a field's name in /proc/PID/status: the second one for ids, which is the effective one. */
bool status_field(const std::string& status, const char* name, int which, uint32_t& value) {
  const size_t at = status.find(std::string("\n") + name + ":");
  if (at == std::string::npos) return false;
  const char* text = status.c_str() + at + strlen(name) + 2;
  for (int i = 0; i <= which; i++) {
    char* end = nullptr;
    value = strtoul(text, &end, 10);
    if (end == text) return false;
    text = end;
  }
  return true;
}

/** Whether the file that the process runs is to be found under this name: one may be called "x (deleted)". */
bool is_called(uint32_t pid, const std::string& path) {
  struct stat running = {};
  struct stat named = {};
  return ::stat(path_of(pid, "exe").c_str(), &running) == 0 &&
         ::stat((path_of(pid, "root") + path).c_str(), &named) == 0 && running.st_ino == named.st_ino &&
         running.st_dev == named.st_dev;
}

bool is_any(const uint8_t (&address)[16], bool ipv4) {
  return std::all_of(address + (ipv4 ? 12 : 0), address + 16, [](uint8_t byte) { return byte == 0; });
}

/**
 * An address as /proc/net writes it: words of the address in network byte order, each printed as this machine's
 * number (net/ipv4/udp.c udp4_format_sock, net/ipv6/datagram.c __ip6_dgram_sock_seq_show).
 */
bool parse_address(const char* text, size_t digits, uint8_t (&address)[16]) {
  memset(address, 0, sizeof address);
  if (digits == 8) address[10] = address[11] = 0xff;
  for (size_t i = 0; i < digits; i += 8) {
    char word[9] = {};
    memcpy(word, text + i, 8);
    char* end = nullptr;
    const uint32_t number = strtoul(word, &end, 16);
    if (end != word + 8) return false;
    memcpy(address + 16 - digits / 2 + i / 2, &number, sizeof number);
  }
  return true;
}

/** "  sl: LOCAL:PORT REMOTE:PORT st tx:rx tr:tm retrnsmt uid timeout inode …" */
void add_matching(const std::string& table, size_t digits, const uint8_t (&wanted)[16], uint16_t port,
                  std::vector<uint64_t>& inodes) {
  size_t line = table.find('\n');
  while (line != std::string::npos && line + 1 < table.size()) {
    const char* text = table.c_str() + line + 1;
    line = table.find('\n', line + 1);
    const char* colon = strchr(text, ':');
    if (colon == nullptr || strlen(colon) < 2 + digits + 5) return;
    const char* local = colon + 2;
    uint8_t address[16];
    if (local[digits] != ':' || !parse_address(local, digits, address)) continue;
    if (strtoul(local + digits + 1, nullptr, 16) != port) continue;
    if (memcmp(address, wanted, sizeof address) != 0 && !is_any(address, digits == 8)) continue;
    unsigned long inode = 0;
    if (sscanf(local, "%*s %*s %*s %*s %*s %*s %*s %*s %lu", &inode) == 1 && inode != 0) inodes.push_back(inode);
  }
}

}  // namespace

namespace proc_files {

bool shows_kernel_pids() {
  struct stat namespace_file;
  return ::stat("/proc/self/ns/pid", &namespace_file) == 0 && namespace_file.st_ino == kFirstPidNamespace;
}

bool read(const std::string& path, size_t most, std::string& text) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  text.clear();
  char chunk[4096];
  bool ok = true;
  while (text.size() < most) {
    const ssize_t length = ::read(file, chunk, std::min(sizeof chunk, most - text.size()));
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) ok = false;
    if (length <= 0) break;
    text.append(chunk, length);
  }
  close(file);
  return ok;
}

std::string link_target(const std::string& path) {
  char target[kPathBytes];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length <= 0 ? "" : std::string(target, length);
}

bool fdinfo_shows_inodes() {
  const int any = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::string text;
  const bool shows = any >= 0 && read("/proc/self/fdinfo/" + std::to_string(any), kStatusBytes, text) &&
                     text.find("\nino:") != std::string::npos;
  if (any >= 0) close(any);
  return shows;
}

bool stat(uint32_t pid, Stat& stat) {
  std::string text;
  if (!read(path_of(pid, "stat"), kStatBytes, text)) return false;
  // The name is in parentheses and may hold any character, also a closing parenthesis.
  const size_t from = text.find('(');
  const size_t to = text.rfind(')');
  if (from == std::string::npos || to == std::string::npos || to < from) return false;
  stat.comm = text.substr(from + 1, to - from - 1);
  unsigned long long start = 0;
  unsigned long long stack = 0;
  unsigned parent = 0;
  const int found = sscanf(text.c_str() + to + 1,
                           " %*c %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %*s "
                           "%*s %*s %*s %llu",
                           &parent, &start, &stack);
  stat.parent_pid = parent;
  stat.start_ticks = start;
  stat.stack = stack;
  return found == 3;
}

bool ids(uint32_t task, Ids& ids) {
  std::string text;
  return read(path_of(task, "status"), kStatusBytes, text) && status_field(text, "Tgid", 0, ids.process) &&
         status_field(text, "Uid", 1, ids.uid) && status_field(text, "Gid", 1, ids.gid) &&
         status_field(text, "Uid", 0, ids.real_uid) && status_field(text, "Gid", 0, ids.real_gid);
}

Executable executable(uint32_t pid) {
  static const std::string kDeleted = " (deleted)";
  Executable executable;
  executable.path = link_target(path_of(pid, "exe"));
  const size_t length = executable.path.size();
  if (length > kDeleted.size() && executable.path.compare(length - kDeleted.size(), kDeleted.size(), kDeleted) == 0 &&
      !is_called(pid, executable.path)) {
    executable.path.resize(length - kDeleted.size());
    executable.is_deleted = true;
  }
  return executable;
}

std::string comm(uint32_t pid, uint32_t tid) {
  std::string text;
  const std::string file = tid == 0 ? "comm" : "task/" + std::to_string(tid) + "/comm";
  if (!read(path_of(pid, file.c_str()), 64, text)) return "";
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

uint64_t cgroup_id(uint32_t pid) {
  static const std::string root = cgroup2_root();
  std::string text;
  if (root.empty() || !read(path_of(pid, "cgroup"), kCgroupBytes, text)) return 0;
  // Version 2 is the hierarchy with number 0 and no controllers named (cgroups(7)).
  size_t at = text.compare(0, 3, "0::") == 0 ? 3 : text.find("\n0::");
  if (at == std::string::npos) return 0;
  if (at != 3) at += 4;
  const std::string directory = root + text.substr(at, text.find('\n', at) - at);
  struct stat found;
  return ::stat(directory.c_str(), &found) == 0 ? found.st_ino : 0;
}

std::vector<uint64_t> udp_sockets(uint32_t pid, const uint8_t (&address)[16], uint16_t port) {
  std::vector<uint64_t> inodes;
  std::string table;
  if (read(path_of(pid, "net/udp"), kSocketTableBytes, table)) add_matching(table, 8, address, port, inodes);
  if (read(path_of(pid, "net/udp6"), kSocketTableBytes, table)) add_matching(table, 32, address, port, inodes);
  return inodes;
}

bool has_socket(uint32_t pid, const std::vector<uint64_t>& inodes) {
  if (inodes.empty()) return false;
  DIR* directory = opendir(path_of(pid, "fd").c_str());
  if (directory == nullptr) return false;
  bool found = false;
  int seen = 0;
  for (const dirent* entry = readdir(directory); entry != nullptr && !found && seen < kMostDescriptors;
       entry = readdir(directory), seen++) {
    char target[64];
    const ssize_t length = readlinkat(dirfd(directory), entry->d_name, target, sizeof target - 1);
    if (length <= 0) continue;
    target[length] = '\0';
    unsigned long inode = 0;
    if (sscanf(target, "socket:[%lu]", &inode) != 1) continue;
    found = std::find(inodes.begin(), inodes.end(), inode) != inodes.end();
  }
  closedir(directory);
  return found;
}

}  // namespace proc_files
