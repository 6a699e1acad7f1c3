#include "connection_facts.h"

namespace {

/** What was acknowledged besides payload: SYN, FIN. */
int64_t acknowledged_beyond_payload(const TcpFacts& tcp) {
  return static_cast<int64_t>(tcp.bytes_acknowledged - tcp.counters.bytes_sent);
}

}  // namespace

uint32_t side_by_sequence(const DiagSocket& socket) {
  if (socket.tcp.counters.unacknowledged != 0) return SIDE_UNKNOWN;
  int64_t rest = acknowledged_beyond_payload(socket.tcp);
  switch (socket.state) {
    case STATE_ESTABLISHED:
    case STATE_CLOSE_WAIT: break;
    // Our FIN was acknowledged.
    case STATE_FIN_WAIT2: rest -= 1; break;
    default: return SIDE_UNKNOWN;
  }
  return rest == 1 ? SIDE_CLIENT : rest == 0 ? SIDE_SERVER : SIDE_UNKNOWN;
}

uint32_t side_at_end(const TcpFacts& tcp) {
  if (tcp.counters.unacknowledged != 0) return SIDE_UNKNOWN;
  switch (acknowledged_beyond_payload(tcp)) {
    case 2: return SIDE_CLIENT;
    case 0: return SIDE_SERVER;
    // A client's SYN, or a server's FIN.
    default: return SIDE_UNKNOWN;
  }
}

/** A round-trip time is first measured in the handshake. */
bool was_established(const TcpFacts& tcp) {
  return tcp.bytes_acknowledged > 0 || tcp.counters.bytes_received > 0 || tcp.counters.rtt_us > 0;
}

bool has_received_fin(uint8_t state) {
  return state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING;
}

uint64_t payload_received(const DiagSocket& socket) {
  const uint64_t received = socket.tcp.counters.bytes_received;
  return received > 0 && has_received_fin(socket.state) ? received - 1 : received;
}

namespace {

/**
 * Whether `bytes_received` counts the peer's FIN. Who ends a connection first leaves a remainder that waits for the
 * peer's FIN or for stray segments (RFC 9293 3.3.2); who ends it second has the FIN and leaves nothing.
 */
bool counts_fin(const DiagSocket& destroyed, const LastSight& last, bool fin_acknowledged, uint8_t remainder) {
  if (has_received_fin(last.state)) return true;
  if (!fin_acknowledged) return false;
  // Nobody reads it any more, and it is the only byte that close() leaves unread without resetting the connection.
  if (destroyed.receive_queue == 1) return true;
  switch (remainder) {
    case 0: return true;
    case STATE_FIN_WAIT2: return false;
    // A process that only shut down its own direction got it; else it came to the remainder.
    default: return last.state == STATE_FIN_WAIT2 && last.is_held;
  }
}

}  // namespace

bool depends_on_remainder(const DiagSocket& destroyed, const LastSight& last) {
  return destroyed.tcp.counters.bytes_received > 0 && destroyed.receive_queue != 1 && !has_received_fin(last.state);
}

Ending ending_of(const DiagSocket& destroyed, const LastSight& last, uint8_t remainder) {
  const TcpFacts& tcp = destroyed.tcp;
  const uint64_t received = tcp.counters.bytes_received;
  const int64_t beyond = acknowledged_beyond_payload(tcp);
  const bool is_known = last.side != SIDE_UNKNOWN;
  const bool fin_acknowledged = is_known ? beyond == (last.side == SIDE_CLIENT ? 2 : 1) : beyond >= 1;
  Ending ending;
  ending.is_broken = is_known && !fin_acknowledged;
  // A single byte that came without data is the FIN itself.
  const bool has_payload = received > 1 || (received == 1 && tcp.data_segments_received > 0);
  if (has_payload)
    ending.bytes_received = counts_fin(destroyed, last, fin_acknowledged, remainder) ? received - 1 : received;
  return ending;
}
