#pragma once

#include <cstdint>
#include <functional>

/** Finds the sockets among the open files of processes. */
class OpenSockets {
 public:
  OpenSockets();

  /** Hands over the inode of every socket that the process has open. False where that may not be seen. */
  bool visit(uint32_t pid, const std::function<void(uint32_t inode)>& take) const;

 private:
  bool visit_info(uint32_t pid, const std::function<void(uint32_t inode)>& take) const;

  /** All sockets lie in a file system that is mounted nowhere: its number in /proc/PID/fdinfo; 0 where it is not shown. */
  uint64_t mount_id_ = 0;
};
