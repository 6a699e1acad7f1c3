#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "proc_files.h"
#include "record_layout.h"
#include "socket_holders.h"

struct ProcessDescription;

/**
 * Makes owners of processes that hold sockets. Each process is told before it is named, again after an exec, and when it
 * is gone.
 */
class Owners {
 public:
  /** Takes a RECORD_PROCESS or a RECORD_EXIT. */
  using Tell = std::function<void(const void* record, size_t size)>;

  explicit Owners(Tell tell) : tell_(std::move(tell)) {}

  /** Call before each look at the sockets: what was read in the one before may have changed. */
  void begin_look() { look_++; }
  /** Fills `owner`. False when the process is gone. */
  bool name(const SocketHolder& holder, owner_fields& owner);
  void tell_exits();

 private:
  struct Known {
    proc_files::Stat stat;
    owner_fields owner = {};
    uint64_t look = 0;
  };

  bool refresh(uint32_t pid, Known& known);
  bool describe(uint32_t pid, Known& known) const;
  void tell_exit(uint32_t pid) const;

  const Tell tell_;
  std::unordered_map<uint32_t, Known> known_;
  uint64_t look_ = 0;
};
