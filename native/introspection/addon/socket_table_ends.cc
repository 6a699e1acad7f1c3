/* How conversations end: what looks miss, and what the kernel's notices tell. */
#include <netinet/in.h>

#include "batch.h"
#include "connection_facts.h"
#include "socket_table.h"

using Part = KnownSocket::Part;

/** A look missed it: what was last seen is the end of it. */
void SocketTable::end_unnoticed(KnownSocket& socket) {
  switch (socket.part) {
    case Part::CONNECTING: return tell_failure(socket, nullptr);
    case Part::NEW: tell_begin(socket); break;
    case Part::LIVING: break;
    case Part::LISTENING:
    case Part::ENDED: return;
  }
  records_.ended(socket, true);
}

void SocketTable::end_all() {
  for (auto& [cookie, socket] : sockets_) end_unnoticed(socket);
}

void SocketTable::destroyed(const DiagSocket& gone) {
  const uint64_t key = gone.key();
  const auto at = sockets_.find(key);
  if (at == sockets_.end()) return lived_between(gone);
  KnownSocket& socket = at->second;
  count_listener(socket, -1);
  switch (socket.part) {
    case Part::ENDED:
    case Part::LISTENING: break;
    case Part::CONNECTING:
      if (gone.remote_port == 0 || !was_established(gone.tcp)) {
        tell_failure(socket, &gone);
        break;
      }
      [[fallthrough]];
    case Part::NEW:
    case Part::LIVING: end_noticed(socket, gone);
  }
  erase(sockets_.find(key));
}

/**
 * No look has seen it. A datagram socket says nothing of whether it was ever used: name look-ups connect some only to
 * learn which way a packet would go.
 */
void SocketTable::lived_between(const DiagSocket& gone) {
  if (!gone.is_tcp() || gone.remote_port == 0) return;
  KnownSocket socket;
  socket.seen = gone;
  socket.since_ns = static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC));
  surroundings_.routes.find(in_, socket);
  if (!was_established(gone.tcp)) {
    socket.side = SIDE_CLIENT;
    return tell_failure(socket, &gone);
  }
  // What ended before the first look was over may be older than the watch.
  if (is_first_) socket.part = Part::LIVING;
  end_noticed(socket, gone);
}

void SocketTable::end_noticed(KnownSocket& socket, const DiagSocket& gone) {
  decide_side_at_end(socket, gone);
  const bool is_broken = socket.is_tcp() && take_last_counters(socket, gone);
  if (socket.part != Part::LIVING) tell_begin(socket);
  tell_retransmits(socket);
  records_.ended(socket, is_broken);
}

void SocketTable::decide_side_at_end(KnownSocket& socket, const DiagSocket& gone) {
  if (socket.side != SIDE_UNKNOWN) return;
  if (socket.is_tcp()) socket.side = side_at_end(gone.tcp);
  if (socket.side != SIDE_UNKNOWN) return;
  // Who listens may do so since the last look.
  if (!listens_on(gone) && socket.is_tcp()) look_for_listeners();
  if (listens_on(gone)) socket.side = SIDE_SERVER;
}

/** At most once after each look, or round of notices. */
void SocketTable::look_for_listeners() {
  if (!may_look_for_listeners_) return;
  may_look_for_listeners_ = false;
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    (void)dump_sockets(in_.socket_diag, family, IPPROTO_TCP, in_state(STATE_LISTEN),
                       [this](const DiagSocket& found) { see(found); });
  }
}

/** Returns whether the connection broke. */
bool SocketTable::take_last_counters(KnownSocket& socket, const DiagSocket& gone) const {
  // close() with SO_LINGER and a time of 0, or connect(AF_UNSPEC), has set all back to 0 (tcp_disconnect).
  if (gone.remote_port == 0) {
    socket.seen.tcp.counters.bytes_received = payload_received(socket.seen);
    socket.seen.state = STATE_CLOSE;
    return true;
  }
  LastSight last;
  last.side = socket.side;
  last.state = socket.seen.state;
  last.is_held = socket.seen.inode != 0;
  DiagSocket remainder;
  const bool remains = depends_on_remainder(gone, last) &&
                       find_tcp_socket(in_.socket_diag, socket_fields_of(socket, in_.inode), remainder);
  const Ending ending = ending_of(gone, last, remains && remainder.is_remainder ? remainder.state : 0);
  socket.seen.tcp = gone.tcp;
  socket.seen.tcp.counters.bytes_received = ending.bytes_received;
  socket.seen.state = STATE_CLOSE;
  return ending.is_broken;
}

void SocketTable::tell_failure(KnownSocket& socket, const DiagSocket* gone) {
  if (gone != nullptr && gone->remote_port != 0) socket.seen.tcp = gone->tcp;
  records_.failed(socket);
}
