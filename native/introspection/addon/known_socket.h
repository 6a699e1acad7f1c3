#pragma once

#include <cstdint>
#include <vector>

#include "record_layout.h"
#include "socket_diag.h"

/** A socket as the looks at all sockets have seen it so far. */
struct KnownSocket {
  enum class Part : uint8_t {
    /** A SYN was sent. */
    CONNECTING,
    /** A conversation that was not told yet. */
    NEW,
    /** A conversation whose beginning was told, or is older than the watch. */
    LIVING,
    /** It waits for whoever comes. */
    LISTENING,
    /** Its end was told; the kernel still has the socket, because a process has not closed it. */
    ENDED,
  };

  DiagSocket seen;
  owner_fields owner = {};
  Part part = Part::NEW;
  /** enum socket_side */
  uint8_t side = SIDE_UNKNOWN;
  /** Looks in a row that missed it. */
  uint8_t missed = 0;
  /** Looks for its owner that found none. */
  uint8_t owner_tries = 0;
  /** Looks that left open who began. */
  uint8_t side_tries = 0;
  /** Of the last record that told its counters. */
  uint8_t state_told = 0;
  bool was_told = false;
  uint32_t segments_told = 0;
  uint32_t retransmits_told = 0;
  /** The interface that it uses, 0 when not known. */
  uint32_t interface_index = 0;
  char interface_name[INTERFACE_NAME_LENGTH] = {};
  /** Number of the look that saw it last. */
  uint32_t look = 0;
  /** CLOCK_MONOTONIC; 0: it is older than the watch. */
  uint64_t since_ns = 0;

  bool is_tcp() const { return seen.is_tcp(); }
  /** Not waiting for anybody, and not gone. */
  bool is_conversation() const { return part == Part::CONNECTING || part == Part::NEW || part == Part::LIVING; }
};

/** The addresses as records and look-ups have them. */
socket_fields socket_fields_of(const KnownSocket& socket, uint32_t netns);
