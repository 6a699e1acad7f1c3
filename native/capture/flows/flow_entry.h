#pragma once

#include "flow_key.h"

/** One direction of a flow: what its sender did. */
struct FlowSide {
  uint64_t bytes;
  uint64_t packets;
  /** Behind the last byte that it has sent, SYN and FIN counted as bytes. */
  uint32_t next_sequence;
  /** The highest acknowledgment that it has sent. */
  uint32_t acknowledged;
  /** When `next_sequence` last grew; microseconds modulo 2^32, as all times here. */
  uint32_t grown_us;
  /** This end of data that it sent is being timed; valid with kTiming. */
  uint32_t timed_sequence;
  uint32_t timed_us;
  /** From the wire to the other side and back, smoothed; 0: not measured. */
  uint32_t data_rtt_us;
  /** The same of this side, in the handshake. */
  uint32_t handshake_rtt_us;
  uint32_t initial_sequence;
  uint32_t retransmits;
  uint32_t out_of_order;
  /** From here on: what stands at its greatest stays there. */
  uint16_t duplicates;
  uint16_t zero_windows;
  uint8_t resets;
  uint8_t tcp_flags;
  /** See side_mark. */
  uint8_t marks;
  uint8_t reserved;
};

namespace side_mark {
/** `next_sequence` is known. */
constexpr uint8_t kSequenceKnown = 1;
constexpr uint8_t kAcknowledgmentKnown = 2;
constexpr uint8_t kTiming = 4;
/** Bytes before `next_sequence` have not been seen, and the other side has not acknowledged them yet. */
constexpr uint8_t kGap = 8;
/** `initial_sequence` is known, from a SYN. */
constexpr uint8_t kInitialKnown = 16;
/** Its SYN was sent more than once, so nobody knows which one was answered. */
constexpr uint8_t kHandshakeRepeated = 32;
}  // namespace side_mark

/** Three cache lines: a table of a million flows lives from how few of them a packet touches. */
struct alignas(64) FlowEntry {
  FlowKey key;
  uint64_t first_ns;
  uint64_t last_ns;
  /** From a to b, from b to a. */
  FlowSide sides[2];
  /** Part of the flow's id. */
  uint32_t serial;
  /** enum wire_state */
  uint8_t state : 3;
  /** enum orientation */
  uint8_t orientation : 2;
  /** Which side is the client's. */
  uint8_t client : 1;
  /** It is on the list of flows whose changes were not handed over yet. */
  uint8_t is_changed : 1;
  uint8_t is_used : 1;
  /** enum flow_flag */
  uint8_t flags;
  uint8_t icmp_type;
  uint8_t icmp_code;
};
static_assert(sizeof(FlowEntry) == 192, "three cache lines");
