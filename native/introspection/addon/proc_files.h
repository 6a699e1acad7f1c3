#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/** Reading /proc. proc(5) describes the files; processes come and go meanwhile, so everything may fail. */
namespace proc_files {

/** /proc/PID/stat. */
struct Stat {
  std::string comm;
  uint32_t parent_pid = 0;
  /** Since boot, in units of USER_HZ: with the pid it names a process for good. */
  uint64_t start_ticks = 0;
  /** Where the stack begins: random, and so another for every exec. 0 or 1 where it may not be seen. */
  uint64_t stack = 0;
};

struct Executable {
  /** "" for a kernel thread, and where it may not be read. */
  std::string path;
  /** The file was removed or replaced. */
  bool is_deleted = false;
};

struct Ids {
  /** Of the process that a task belongs to. */
  uint32_t process = 0;
  /** The effective ones. */
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint32_t real_uid = 0;
  uint32_t real_gid = 0;
};

/** Nanoseconds of CLOCK_BOOTTIME in one unit of `start_ticks`. */
constexpr uint64_t kTickNs = 10'000'000;

/**
 * Whether /proc shows the numbers that the kernel itself uses. Inside of a pid namespace the same number is another
 * process.
 */
bool shows_kernel_pids();

/** Up to `most` bytes; false when it cannot be read. */
bool read(const std::string& path, size_t most, std::string& text);
/** Where a symbolic link points to, "" when it cannot be read. */
std::string link_target(const std::string& path);

/** Whether /proc/PID/fdinfo says of an open file which it is: from Linux 5.14 on. */
bool fdinfo_shows_inodes();

bool stat(uint32_t pid, Stat& stat);
bool ids(uint32_t task, Ids& ids);
Executable executable(uint32_t pid);
/** Of a process, or with `tid` of one of its threads; "" when it is gone. */
std::string comm(uint32_t pid, uint32_t tid);
/** Inode of its directory in the cgroup2 tree, 0 when it cannot be told. */
uint64_t cgroup_id(uint32_t pid);

/** Inodes of the UDP sockets in the process's network namespace that take what is sent to this address and port. */
std::vector<uint64_t> udp_sockets(uint32_t pid, const uint8_t (&address)[16], uint16_t port);
/** Whether the process has one of these sockets open. */
bool has_socket(uint32_t pid, const std::vector<uint64_t>& inodes);

}  // namespace proc_files
