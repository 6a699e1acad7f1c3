#pragma once

#include "flow_key.h"

/** One direction of a flow: what its sender did, as far as most packets change it. */
struct FlowSide {
  /** The lower half; how often it overflowed is in the details. */
  uint32_t packets;
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
};

/** The same, as far as it changes rarely. */
struct SideDetails {
  /** From the wire to this side and back, in the handshake; 0: not measured. */
  uint32_t handshake_rtt_us;
  uint32_t initial_sequence;
  uint32_t retransmits;
  /** From here on: what stands at its greatest stays there. */
  uint32_t out_of_order : 24;
  uint32_t resets : 8;
  uint16_t duplicates;
  uint16_t zero_windows;
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

/** Two cache lines: a table of a million flows lives from how few of them a packet touches. */
struct alignas(128) FlowEntry {
  FlowKey key;
  uint64_t last_ns;
  /** enum wire_state */
  uint8_t state : 3;
  /** enum orientation */
  uint8_t orientation : 2;
  /** Which side is the client's. */
  uint8_t client : 1;
  /** Its changes were not handed over yet. */
  uint8_t is_changed : 1;
  uint8_t is_used : 1;
  /** enum flow_flag */
  uint8_t flags;
  uint8_t icmp_type;
  uint8_t icmp_code;
  /** Of each side, as `sides`: all flags of TCP that it has sent; side_mark. */
  uint8_t tcp_flags[2];
  uint8_t marks[2];
  uint64_t bytes[2];
  /** From a to b, from b to a. */
  FlowSide sides[2];
};
static_assert(sizeof(FlowEntry) == 128, "two cache lines");

/** The rest of a flow, in memory of its own. */
struct FlowDetails {
  uint64_t first_ns;
  /** Part of the flow's id; of an entry that is not in use the number of the next such one. */
  uint32_t serial;
  /** The upper half of each side's number of packets. */
  uint16_t packets_high[2];
  SideDetails sides[2];
};
static_assert(sizeof(FlowDetails) == 56, "without gaps");
