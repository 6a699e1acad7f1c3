#include "tcp_tracker.h"

#include <algorithm>

namespace {

using namespace tcp_flag;
using namespace side_mark;

/**
 * A segment that was overtaken by others is at most so late, where the handshake does not tell how long a sender needs
 * to learn that something is missing.
 */
constexpr uint32_t kReorderingUs = 3000;
/** Times are kept modulo 2^32 microseconds; nothing is timed over a longer silence. */
constexpr uint64_t kLongestSilenceNs = 60'000'000'000;
/** A reset is believed when its sequence number is this near to what was seen (RFC 5961 3 asks for more). */
constexpr int32_t kPlausibleDistance = 1 << 20;

/** Sequence numbers go round (RFC 9293 3.4). */
int32_t distance(uint32_t from, uint32_t to) { return static_cast<int32_t>(to - from); }
bool is_before(uint32_t a, uint32_t b) { return distance(a, b) > 0; }

template <typename T>
void count(T& counter) {
  if (counter != static_cast<T>(~T{0})) counter++;
}

uint32_t at_least_one(uint32_t us) { return us == 0 ? 1 : us; }

void repeat(FlowSide& side) {
  side.retransmits++;
  // Nobody can tell which of the two is acknowledged (Karn).
  side.marks &= ~kTiming;
}

/** Bytes that are not new: sent again, or late. */
void look_at_old(FlowSide& side, const FlowSide& other, uint32_t end, bool is_syn, uint32_t now_us) {
  if ((other.marks & kAcknowledgmentKnown) && !is_before(other.acknowledged, end)) {
    count(side.duplicates);
    repeat(side);
    return;
  }
  const uint32_t handshake_us = side.handshake_rtt_us + other.handshake_rtt_us;
  const uint32_t reordering_us = handshake_us == 0 ? kReorderingUs : handshake_us;
  if (!is_syn && (side.marks & kGap) && now_us - side.grown_us < reordering_us) {
    side.out_of_order++;
    return;
  }
  if (is_syn) side.marks |= kHandshakeRepeated;
  repeat(side);
}

void look_at_sequence(FlowSide& side, const FlowSide& other, const Packet& packet, uint32_t now_us) {
  const bool is_syn = (packet.tcp_flags & kSyn) != 0;
  const bool is_fin = (packet.tcp_flags & kFin) != 0;
  const uint32_t length = packet.payload_length + (is_syn ? 1 : 0) + (is_fin ? 1 : 0);
  const uint32_t end = packet.sequence + length;
  if (is_syn && !(side.marks & kInitialKnown)) {
    side.initial_sequence = packet.sequence;
    side.marks |= kInitialKnown;
  }
  if (!(side.marks & kSequenceKnown)) {
    side.next_sequence = end;
    side.grown_us = now_us;
    side.marks |= kSequenceKnown;
    return;
  }
  if (length == 0) return;
  if (!is_before(side.next_sequence, end)) {
    // A keep-alive (RFC 9293 3.8.4) repeats at most one byte, so as to be answered.
    const bool is_keep_alive = !is_syn && !is_fin && packet.payload_length == 1 && end == side.next_sequence &&
                               (other.marks & kAcknowledgmentKnown) && other.acknowledged == end;
    if (!is_keep_alive) look_at_old(side, other, end, is_syn, now_us);
    return;
  }
  if (is_before(side.next_sequence, packet.sequence)) side.marks |= kGap;
  else if (is_before(packet.sequence, side.next_sequence)) repeat(side);
  side.next_sequence = end;
  side.grown_us = now_us;
  if (!(side.marks & kTiming) && packet.payload_length > 0) {
    side.timed_sequence = end;
    side.timed_us = now_us;
    side.marks |= kTiming;
  }
}

/** `side` acknowledges what `other` has sent. */
void look_at_acknowledgment(FlowSide& side, FlowSide& other, uint32_t acknowledgment, uint32_t now_us) {
  if ((side.marks & kAcknowledgmentKnown) && !is_before(side.acknowledged, acknowledgment)) return;
  side.acknowledged = acknowledgment;
  side.marks |= kAcknowledgmentKnown;
  if ((other.marks & kGap) && !is_before(acknowledgment, other.next_sequence)) other.marks &= ~kGap;
  if (!(other.marks & kTiming) || is_before(acknowledgment, other.timed_sequence)) return;
  other.marks &= ~kTiming;
  const uint32_t sample = at_least_one(now_us - other.timed_us);
  // As a sender smoothes it (RFC 6298 2.3).
  other.data_rtt_us = other.data_rtt_us == 0 ? sample : other.data_rtt_us - other.data_rtt_us / 8 + sample / 8;
}

/** SYN → SYN-ACK → ACK. `side` has sent the packet. */
void look_at_handshake(FlowEntry& flow, FlowSide& side, FlowSide& other, const Packet& packet, uint32_t now_us) {
  const uint8_t flags = packet.tcp_flags;
  const bool answers_once = !((side.marks | other.marks) & kHandshakeRepeated);
  if (flags & kSyn) {
    if (!(flags & kAck)) {
      if (flow.state < WIRE_SYN_SENT) flow.state = WIRE_SYN_SENT;
      return;
    }
    if (flow.state < WIRE_SYN_RECEIVED) flow.state = WIRE_SYN_RECEIVED;
    const bool is_answer = (other.marks & kInitialKnown) && packet.acknowledgment == other.initial_sequence + 1;
    if (!is_answer) return;
    flow.flags |= FLOW_HANDSHAKE_SEEN;
    if (answers_once && side.handshake_rtt_us == 0) side.handshake_rtt_us = at_least_one(now_us - other.grown_us);
    return;
  }
  if ((flags & kAck) && flow.state == WIRE_SYN_RECEIVED && (other.marks & kInitialKnown) &&
      !is_before(packet.acknowledgment, other.initial_sequence + 1)) {
    if (answers_once && side.handshake_rtt_us == 0) side.handshake_rtt_us = at_least_one(now_us - other.grown_us);
    flow.state = WIRE_ESTABLISHED;
  }
}

bool is_plausible_reset(const FlowSide& side, const FlowSide& other, const Packet& packet) {
  if (side.marks & kSequenceKnown) {
    return std::abs(distance(side.next_sequence, packet.sequence)) < kPlausibleDistance;
  }
  // Nothing was seen of this side: it refuses what the other one asked (RFC 9293 3.5.2).
  return !(packet.tcp_flags & kAck) || !(other.marks & kSequenceKnown) ||
         std::abs(distance(other.next_sequence, packet.acknowledgment)) < kPlausibleDistance;
}

void look_at_end(FlowEntry& flow, FlowSide& side, const FlowSide& other) {
  const auto has_closed = [](const FlowSide& one, const FlowSide& peer) {
    return (one.tcp_flags & kFin) && (peer.marks & kAcknowledgmentKnown) &&
           !is_before(peer.acknowledged, one.next_sequence);
  };
  if (flow.state >= WIRE_CLOSED) return;
  if (has_closed(side, other) && has_closed(other, side)) flow.state = WIRE_CLOSED;
  else if ((side.tcp_flags | other.tcp_flags) & kFin) flow.state = WIRE_HALF_CLOSED;
  // Its beginning lies before the capture.
  else if (flow.state == WIRE_NONE) flow.state = WIRE_ESTABLISHED;
}

}  // namespace

bool begins_another(const FlowEntry& flow, int direction, const Packet& packet) {
  if (!packet.has_tcp || !(packet.tcp_flags & kSyn)) return false;
  const FlowSide& side = flow.sides[direction];
  if (packet.tcp_flags & kAck) {
    return flow.state >= WIRE_CLOSED && (side.marks & kInitialKnown) && side.initial_sequence != packet.sequence;
  }
  if (flow.state >= WIRE_CLOSED) return true;
  if (!(side.marks & kSequenceKnown)) return false;
  return !(side.marks & kInitialKnown) || side.initial_sequence != packet.sequence;
}

void track_tcp(FlowEntry& flow, int direction, const Packet& packet, uint64_t time_ns) {
  FlowSide& side = flow.sides[direction];
  FlowSide& other = flow.sides[1 - direction];
  const auto now_us = static_cast<uint32_t>(time_ns / 1000);
  if (time_ns > flow.last_ns + kLongestSilenceNs) {
    side.marks &= ~kTiming;
    other.marks &= ~kTiming;
  }
  side.tcp_flags |= packet.tcp_flags;
  if (packet.tcp_flags & kRst) {
    count(side.resets);
    if (is_plausible_reset(side, other, packet)) flow.state = WIRE_RESET;
    return;
  }
  if (packet.window == 0) count(side.zero_windows);
  look_at_sequence(side, other, packet, now_us);
  look_at_handshake(flow, side, other, packet, now_us);
  if (packet.tcp_flags & kAck) look_at_acknowledgment(side, other, packet.acknowledgment, now_us);
  if (!(packet.tcp_flags & kSyn)) look_at_end(flow, side, other);
}
