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

constexpr uint32_t kMostOutOfOrder = (1 << 24) - 1;

/** One side of the connection. */
struct Party {
  Party(FlowEntry& flow, FlowDetails& all_details, int direction)
      : side(flow.sides[direction]),
        details(all_details.sides[direction]),
        marks(flow.marks[direction]),
        tcp_flags(flow.tcp_flags[direction]) {}

  FlowSide& side;
  SideDetails& details;
  uint8_t& marks;
  uint8_t& tcp_flags;
};

template <typename T>
void count(T& counter) {
  if (counter != static_cast<T>(~T{0})) counter++;
}

uint32_t at_least_one(uint32_t us) { return us == 0 ? 1 : us; }

void repeat(const Party& sender) {
  sender.details.retransmits++;
  // Nobody can tell which of the two is acknowledged (Karn).
  sender.marks &= ~kTiming;
}

/** Bytes that are not new: sent again, or late. */
void look_at_old(const Party& sender, const Party& other, uint32_t end, bool is_syn, uint32_t now_us) {
  FlowSide& side = sender.side;
  if (is_syn) sender.marks |= kHandshakeRepeated;
  if ((other.marks & kAcknowledgmentKnown) && !is_before(other.side.acknowledged, end)) {
    count(sender.details.duplicates);
    repeat(sender);
    return;
  }
  const uint32_t handshake_us = sender.details.handshake_rtt_us + other.details.handshake_rtt_us;
  const uint32_t reordering_us = handshake_us == 0 ? kReorderingUs : handshake_us;
  if (!is_syn && (sender.marks & kGap) && now_us - side.grown_us < reordering_us) {
    if (sender.details.out_of_order < kMostOutOfOrder) sender.details.out_of_order++;
    return;
  }
  repeat(sender);
}

/** A segment without data says how far its sender has got: what was not seen of it until here is late, or lost. */
void note_progress(const Party& sender, uint32_t sequence, uint32_t now_us) {
  const int32_t ahead = distance(sender.side.next_sequence, sequence);
  if (ahead <= 0 || ahead > kPlausibleDistance) return;
  sender.side.next_sequence = sequence;
  sender.side.grown_us = now_us;
  sender.marks |= kGap;
}

void look_at_sequence(const Party& sender, const Party& other, const Packet& packet, uint32_t now_us) {
  FlowSide& side = sender.side;
  const bool is_syn = (packet.tcp_flags & kSyn) != 0;
  const bool is_fin = (packet.tcp_flags & kFin) != 0;
  const uint32_t length = packet.payload_length + (is_syn ? 1 : 0) + (is_fin ? 1 : 0);
  const uint32_t end = packet.sequence + length;
  if (is_syn && !(sender.marks & kInitialKnown)) {
    sender.details.initial_sequence = packet.sequence;
    sender.marks |= kInitialKnown;
  }
  if (!(sender.marks & kSequenceKnown)) {
    side.next_sequence = end;
    side.grown_us = now_us;
    sender.marks |= kSequenceKnown;
    return;
  }
  if (length == 0) {
    note_progress(sender, packet.sequence, now_us);
    return;
  }
  if (!is_before(side.next_sequence, end)) {
    // A keep-alive (RFC 9293 3.8.4) repeats at most one byte, so as to be answered.
    const bool is_keep_alive = !is_syn && !is_fin && packet.payload_length == 1 && end == side.next_sequence &&
                               (other.marks & kAcknowledgmentKnown) && other.side.acknowledged == end;
    if (!is_keep_alive) look_at_old(sender, other, end, is_syn, now_us);
    return;
  }
  if (is_before(side.next_sequence, packet.sequence)) sender.marks |= kGap;
  else if (is_before(packet.sequence, side.next_sequence)) repeat(sender);
  side.next_sequence = end;
  side.grown_us = now_us;
  if (!(sender.marks & kTiming) && packet.payload_length > 0) {
    side.timed_sequence = end;
    side.timed_us = now_us;
    sender.marks |= kTiming;
  }
}

/** What `sender` acknowledges `other` has sent. */
void look_at_acknowledgment(const Party& sender, const Party& other, uint32_t acknowledgment, uint32_t now_us) {
  if ((sender.marks & kAcknowledgmentKnown) && !is_before(sender.side.acknowledged, acknowledgment)) return;
  sender.side.acknowledged = acknowledgment;
  sender.marks |= kAcknowledgmentKnown;
  FlowSide& sent = other.side;
  if ((other.marks & kGap) && !is_before(acknowledgment, sent.next_sequence)) other.marks &= ~kGap;
  if (!(other.marks & kTiming) || is_before(acknowledgment, sent.timed_sequence)) return;
  other.marks &= ~kTiming;
  const uint32_t sample = at_least_one(now_us - sent.timed_us);
  // As a sender smoothes it (RFC 6298 2.3).
  sent.data_rtt_us = sent.data_rtt_us == 0 ? sample : sent.data_rtt_us - sent.data_rtt_us / 8 + sample / 8;
}

/** SYN → SYN-ACK → ACK. */
void look_at_handshake(FlowEntry& flow, const Party& sender, const Party& other, const Packet& packet, uint32_t now_us) {
  const uint8_t flags = packet.tcp_flags;
  const bool answers_once = !((sender.marks | other.marks) & kHandshakeRepeated);
  const auto measure = [&] {
    if (!answers_once || sender.details.handshake_rtt_us != 0) return;
    sender.details.handshake_rtt_us = at_least_one(now_us - other.side.grown_us);
  };
  if (flags & kSyn) {
    if (!(flags & kAck)) {
      if (flow.state < WIRE_SYN_SENT) flow.state = WIRE_SYN_SENT;
      return;
    }
    if (flow.state < WIRE_SYN_RECEIVED) flow.state = WIRE_SYN_RECEIVED;
    const bool is_answer =
        (other.marks & kInitialKnown) && packet.acknowledgment == other.details.initial_sequence + 1;
    if (!is_answer) return;
    flow.flags |= FLOW_HANDSHAKE_SEEN;
    measure();
    return;
  }
  if ((flags & kAck) && flow.state == WIRE_SYN_RECEIVED && (other.marks & kInitialKnown) &&
      !is_before(packet.acknowledgment, other.details.initial_sequence + 1)) {
    measure();
    flow.state = WIRE_ESTABLISHED;
  }
}

bool is_plausible_reset(const Party& sender, const Party& other, const Packet& packet) {
  if (sender.marks & kSequenceKnown) {
    return std::abs(distance(sender.side.next_sequence, packet.sequence)) < kPlausibleDistance;
  }
  // Nothing was seen of this side: it refuses what the other one asked (RFC 9293 3.5.2).
  return !(packet.tcp_flags & kAck) || !(other.marks & kSequenceKnown) ||
         std::abs(distance(other.side.next_sequence, packet.acknowledgment)) < kPlausibleDistance;
}

void look_at_end(FlowEntry& flow, const Party& sender, const Party& other) {
  const auto has_closed = [](const Party& one, const Party& peer) {
    return (one.tcp_flags & kFin) && (peer.marks & kAcknowledgmentKnown) &&
           !is_before(peer.side.acknowledged, one.side.next_sequence);
  };
  if (flow.state >= WIRE_CLOSED) return;
  if (has_closed(sender, other) && has_closed(other, sender)) flow.state = WIRE_CLOSED;
  else if ((sender.tcp_flags | other.tcp_flags) & kFin) flow.state = WIRE_HALF_CLOSED;
  // Its beginning lies before the capture.
  else if (flow.state == WIRE_NONE) flow.state = WIRE_ESTABLISHED;
}

}  // namespace

bool begins_another(const FlowEntry& flow, const FlowDetails& details, int direction, const Packet& packet) {
  if (!packet.has_tcp || !(packet.tcp_flags & kSyn)) return false;
  const uint8_t marks = flow.marks[direction];
  const auto is_another = [&] { return details.sides[direction].initial_sequence != packet.sequence; };
  if (packet.tcp_flags & kAck) return flow.state >= WIRE_CLOSED && (marks & kInitialKnown) && is_another();
  if (flow.state >= WIRE_CLOSED) return true;
  return (marks & kSequenceKnown) && (!(marks & kInitialKnown) || is_another());
}

void track_tcp(FlowEntry& flow, FlowDetails& details, int direction, const Packet& packet, uint64_t time_ns) {
  const Party sender(flow, details, direction);
  const Party other(flow, details, 1 - direction);
  const auto now_us = static_cast<uint32_t>(time_ns / 1000);
  if (time_ns > flow.last_ns + kLongestSilenceNs) {
    sender.marks &= ~kTiming;
    other.marks &= ~kTiming;
  }
  sender.tcp_flags |= packet.tcp_flags;
  if (packet.tcp_flags & kRst) {
    if (sender.details.resets < UINT8_MAX) sender.details.resets++;
    if (is_plausible_reset(sender, other, packet)) flow.state = WIRE_RESET;
    return;
  }
  if (packet.window == 0) count(sender.details.zero_windows);
  look_at_sequence(sender, other, packet, now_us);
  look_at_handshake(flow, sender, other, packet, now_us);
  if (packet.tcp_flags & kAck) look_at_acknowledgment(sender, other, packet.acknowledgment, now_us);
  if (!(packet.tcp_flags & kSyn)) look_at_end(flow, sender, other);
}
