#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "record_layout.h"

/** A process as a RECORD_PROCESS tells of it, put together from what was seen and what /proc says. */
struct ProcessDescription {
  /** A task as somebody named it who looked at it. */
  struct Parent {
    /** 0 when there is none. */
    uint32_t pid = 0;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::string comm;
    /** "" where it is not known. */
    std::string exe;
  };

  /** Since boot, in units of USER_HZ; 0 where it is not known. */
  uint64_t start_ticks = 0;
  uint64_t cgroup_id = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  /** enum process_flag; PROCESS_HAS_PARENT is added where there is one. */
  uint32_t flags = 0;
  std::string comm;
  /** Absolute path, "" where it is not known. */
  std::string exe;
  /** NUL-terminated strings. */
  std::string argv;
  Parent parent;
};

/** Reads the arguments in /proc, no more of them than the kernel programs take. False when the process is gone. */
bool read_arguments(uint32_t pid, ProcessDescription& description);
/** What /proc says of the process that has this pid now. */
ProcessDescription::Parent read_parent(uint32_t pid);
/** The record with its texts. */
std::vector<uint8_t> process_record_of(uint32_t pid, uint64_t time_ns, const ProcessDescription& description);
