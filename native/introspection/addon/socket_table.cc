#include "socket_table.h"

#include <netinet/in.h>

#include <cstring>

#include "batch.h"
#include "connection_facts.h"

namespace {

/** About 150 MB in all tables of a host. */
constexpr size_t kMostSockets = 400'000;
/** Of these in a table that are told to have ended and that some process keeps open. */
constexpr size_t kMostEnded = 16'384;
/** So many looks may leave open who began a conversation; after the next one it is told anyway. */
constexpr uint8_t kSideTries = 1;
/** How many looks in a row must miss a socket. A part of a dump can miss what moves, while the next part is fetched. */
constexpr uint8_t kMisses = 2;
/** An owner that was not found so often is not looked for again before the next look at everything. */
constexpr uint8_t kOwnerTries = 3;
/** A handshake that takes longer is worth being told of, and so is a connection that nobody accepts. */
constexpr uint64_t kPatienceNs = 1'000'000'000;

using Part = KnownSocket::Part;

uint64_t now() { return static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC)); }

/** A socket may be used again, for another conversation. */
bool is_same_conversation(const DiagSocket& one, const DiagSocket& other) {
  return one.remote_port == other.remote_port && one.local_port == other.local_port &&
         one.is_listening() == other.is_listening() &&
         memcmp(one.remote_address, other.remote_address, ADDRESS_LENGTH) == 0;
}

uint32_t port_key(const DiagSocket& socket) { return static_cast<uint32_t>(socket.protocol) << 16 | socket.local_port; }

uint32_t segments(const DiagSocket& socket) {
  return socket.tcp.counters.segments_sent + socket.tcp.counters.segments_received;
}

}  // namespace

SocketTable::~SocketTable() {
  for (const auto& [cookie, socket] : sockets_) surroundings_.holders.forget(socket.seen.inode);
  surroundings_.known -= sockets_.size();
}

void SocketTable::begin_look() {
  look_++;
  begin_notices();
}

void SocketTable::see(const DiagSocket& found) {
  // Nobody waits at an endpoint of SCTP that does not listen, or at a raw socket for more than its protocol.
  const bool waits = found.is_listening() && !found.is_raw;
  if (found.is_remainder || (!found.has_peer() && !waits)) return;
  // The number stands for packet sockets in records.
  if (found.protocol == PROTOCOL_PACKET) return;
  const uint64_t key = found.key();
  auto at = sockets_.find(key);
  if (at == sockets_.end()) {
    if (surroundings_.known >= kMostSockets) {
      surroundings_.left_out++;
      return;
    }
    surroundings_.known++;
    at = sockets_.emplace(key, KnownSocket{}).first;
    begin_anew(at->second, found);
  } else if (at->second.part == Part::ENDED || !is_same_conversation(at->second.seen, found)) {
    if (at->second.part == Part::ENDED) ended_--;
    end_unnoticed(at->second);
    count_listener(at->second, -1);
    begin_anew(at->second, found);
  }
  KnownSocket& socket = at->second;
  const uint32_t inode = socket.seen.inode;
  if (found.inode != 0 && found.inode != inode) {
    surroundings_.holders.forget(inode);
    surroundings_.holders.want(found.inode);
    socket.owner_tries = 0;
  }
  socket.seen = found;
  // What lives on without its process keeps its owner, and the number that it was found by.
  if (found.inode == 0) socket.seen.inode = inode;
  socket.look = look_;
  socket.missed = 0;
  if (socket.part == Part::CONNECTING && found.state != STATE_SYN_SENT) {
    socket.part = Part::NEW;
    socket.side = SIDE_CLIENT;
  }
}

void SocketTable::begin_anew(KnownSocket& socket, const DiagSocket& found) {
  const uint32_t inode = socket.seen.inode;
  const owner_fields owner = socket.owner;
  socket = {};
  socket.seen = found;
  socket.seen.inode = inode;
  socket.owner = owner;
  socket.since_ns = is_first_ ? 0 : now();
  socket.part = found.is_listening() ? Part::LISTENING : is_first_ ? Part::LIVING : Part::NEW;
  if (found.is_tcp() && found.state == STATE_SYN_SENT) {
    socket.part = Part::CONNECTING;
    socket.side = SIDE_CLIENT;
    socket.since_ns = now();
  }
  if (is_first_) socket.retransmits_told = found.tcp.counters.retransmits;
  surroundings_.routes.find(in_, socket);
  count_listener(socket, 1);
}

void SocketTable::count_listener(const KnownSocket& socket, int change) {
  if (socket.part == Part::LISTENING) listeners_[port_key(socket.seen)] += change;
}

bool SocketTable::listens_on(const DiagSocket& socket) const {
  const auto found = listeners_.find(port_key(socket));
  return found != listeners_.end() && found->second > 0;
}

/** False while it is better to look once more. */
bool SocketTable::decide_side(KnownSocket& socket) {
  if (socket.side != SIDE_UNKNOWN) return true;
  const bool listens = listens_on(socket.seen);
  if (!socket.is_tcp()) {
    // Who connects a datagram socket whose port others may write to, too, answers.
    if (listens) socket.side = SIDE_SERVER;
    return true;
  }
  const uint32_t side = side_by_sequence(socket.seen);
  // The counters are read a moment after the state: where a server has just ended, they look like a client's.
  const bool is_certain = side == SIDE_SERVER || (side == SIDE_CLIENT && (!listens || socket.side_tries > 0));
  if (is_certain) {
    socket.side = side;
    return true;
  }
  if (socket.side_tries < kSideTries) {
    socket.side_tries++;
    return false;
  }
  if (listens) socket.side = SIDE_SERVER;
  return true;
}

void SocketTable::end_look(LookResult& result) {
  for (auto at = sockets_.begin(); at != sockets_.end();) {
    KnownSocket& socket = at->second;
    if (socket.part == Part::ENDED) {
      at = ended_ > kMostEnded ? erase(at) : std::next(at);
      continue;
    }
    if (socket.look != look_ && is_gone(socket)) {
      end_unnoticed(socket);
      count_listener(socket, -1);
      // A notice is still to come when the process closes the socket, and must not be taken for another conversation.
      if (socket.is_conversation() && in_.notices.is_open()) {
        socket.part = Part::ENDED;
        ended_++;
        ++at;
      } else {
        at = erase(at);
      }
      continue;
    }
    tell_retransmits(socket);
    if (socket.part == Part::NEW && decide_side(socket)) result.begun.emplace_back(this, &socket);
    if (socket.owner.evidence == EVIDENCE_NONE && socket.seen.inode != 0 && socket.owner_tries < kOwnerTries)
      result.unowned.emplace_back(this, &socket);
    ++at;
  }
  is_first_ = false;
}

bool SocketTable::is_gone(KnownSocket& socket) {
  socket.missed++;
  // With notices there is time for the exact end to come; and one look may have missed what lives.
  if (socket.missed < kMisses && (in_.notices.is_open() || !socket.is_tcp())) return false;
  if (!socket.is_tcp() || socket.part == Part::LISTENING) return socket.missed >= kMisses;
  DiagSocket found;
  const bool lives =
      find_tcp_socket(in_.socket_diag, socket_fields_of(socket, in_.inode), found) && !found.is_remainder;
  if (lives) socket.missed = 0;
  return !lives;
}

bool SocketTable::is_ready(const KnownSocket& socket) {
  if (now() - socket.since_ns > kPatienceNs) return true;
  // A connection without a file was not accepted yet.
  if (socket.seen.inode == 0) return socket.side != SIDE_SERVER || !socket.is_tcp();
  return socket.owner.evidence != EVIDENCE_NONE || socket.owner_tries > 0;
}

/** Where it is not known who began, neither CONNECT nor ACCEPT is told; its counters and its end are all the same. */
void SocketTable::tell_begin(KnownSocket& socket) {
  socket.part = Part::LIVING;
  if (!socket.is_tcp() || socket.side != SIDE_UNKNOWN) records_.begun(socket);
}

/** Of a connection that was told, or is still to be made. */
void SocketTable::tell_retransmits(KnownSocket& socket) {
  const uint32_t total = socket.seen.tcp.counters.retransmits;
  const bool is_known = socket.part == Part::LIVING || socket.part == Part::CONNECTING;
  if (!is_known || total <= socket.retransmits_told) return;
  records_.sent_again(socket, total - socket.retransmits_told);
  socket.retransmits_told = total;
}

void SocketTable::tell_owner(const KnownSocket& socket) {
  // The first that is told of one that is older than the watch has its owner already.
  if (socket.part != Part::LIVING || (socket.since_ns == 0 && !socket.was_told)) return;
  records_.has_owner(socket);
}

void SocketTable::tell_all(sweep_record& counts) {
  const uint64_t time = now();
  for (auto& [cookie, socket] : sockets_) {
    if (socket.part == Part::LISTENING) {
      records_.listens(socket);
      counts.listeners++;
      continue;
    }
    const bool connects = socket.part == Part::CONNECTING && time - socket.since_ns > kPatienceNs;
    if (socket.part != Part::LIVING && !connects) continue;
    counts.conversations++;
    const bool is_told = socket.was_told && socket.segments_told == segments(socket.seen) &&
                         socket.state_told == socket.seen.state;
    if (is_told) continue;
    (void)decide_side(socket);
    // Datagrams are not counted: only of what is older than the watch there is something to tell, once.
    if (socket.is_tcp() || socket.since_ns == 0) records_.lives(socket);
    socket.was_told = true;
    socket.segments_told = segments(socket.seen);
    socket.state_told = socket.seen.state;
  }
}

SocketTable::Sockets::iterator SocketTable::erase(Sockets::iterator at) {
  if (at->second.part == Part::ENDED) ended_--;
  surroundings_.holders.forget(at->second.seen.inode);
  surroundings_.known--;
  return sockets_.erase(at);
}
