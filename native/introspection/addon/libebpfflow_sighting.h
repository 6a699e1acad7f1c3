#pragma once

#include <cstdint>

#include "known_processes.h"
#include "libebpfflow_event.h"
#include "record_layout.h"

/** Why one of the library's events is not told; the order is that of `kLibebpfflowDropNames`. */
enum class LibebpfflowDrop { WRONG_SIZE, NOT_UNDERSTOOD, NO_CONVERSATION, TOLD_ALREADY, TOO_MANY, COUNT };

/** One event of the library, validated, its known faults corrected. */
struct Sighting {
  libebpfflow::EventType type;
  /** CLOCK_MONOTONIC, nanoseconds. */
  uint64_t time_ns = 0;
  /** When what it tells of began: a failed connect() is told before the connect() itself returns. */
  uint64_t begin_ns = 0;
  /** IPv4 as IPv4-mapped IPv6; all zero, or 0.0.0.0, when not known. */
  uint8_t local_address[ADDRESS_LENGTH] = {};
  uint8_t remote_address[ADDRESS_LENGTH] = {};
  uint16_t local_port = 0;
  uint16_t remote_port = 0;
  char interface[INTERFACE_NAME_LENGTH] = {};
  uint32_t latency_us = 0;
  /** Whatever ran on that processor; whether it did what is told depends on the type. pid 0: nothing. */
  SeenTask task;
  SeenTask parent;

  bool is_tcp() const { return type != libebpfflow::UDP_SEND && type != libebpfflow::UDP_RECEIVE; }
};

/** Reads what a callback got at `now_ns`. Returns COUNT when all is well. */
LibebpfflowDrop read_sighting(const void* data, int size, uint64_t now_ns, Sighting& sighting);
