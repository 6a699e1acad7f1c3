#include "socket_records.h"

#include <cerrno>

#include "batch.h"
#include "connection_facts.h"

namespace {

uint64_t now() { return static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC)); }

}  // namespace

void SocketRecords::begun(const KnownSocket& socket) const {
  if (!socket.is_tcp()) return tell_datagrams(PHASE_FIRST, socket);
  tcp_record record = tcp(socket.side == SIDE_SERVER ? RECORD_ACCEPT : RECORD_CONNECT, socket);
  record.state = STATE_ESTABLISHED;
  tell_(&record, sizeof record);
}

void SocketRecords::ended(const KnownSocket& socket, bool is_broken) const {
  if (!socket.is_tcp()) return tell_datagrams(PHASE_END, socket);
  tcp_record record = tcp(RECORD_CLOSE, socket);
  record.state = STATE_CLOSE;
  if (is_broken) record.socket.flags |= SOCKET_ERROR_UNKNOWN;
  tell_(&record, sizeof record);
}

/** The peer's answer to a SYN, if there was one, was a reset. Other reasons are kept nowhere. */
void SocketRecords::failed(const KnownSocket& socket) const {
  tcp_record record = tcp(RECORD_CONNECT_FAILED, socket);
  record.state = STATE_CLOSE;
  if (socket.seen.tcp.counters.segments_received > 0) record.error = ECONNREFUSED;
  else record.socket.flags |= SOCKET_ERROR_UNKNOWN;
  tell_(&record, sizeof record);
}

void SocketRecords::sent_again(const KnownSocket& socket, uint32_t count) const {
  tcp_record record = tcp(RECORD_RETRANSMIT, socket);
  record.count = count;
  tell_(&record, sizeof record);
}

void SocketRecords::has_owner(const KnownSocket& socket) const {
  if (!socket.is_tcp()) return tell_datagrams(PHASE_UPDATE, socket);
  const tcp_record record = tcp(RECORD_OWNER, socket);
  tell_(&record, sizeof record);
}

void SocketRecords::lives(const KnownSocket& socket) const {
  if (!socket.is_tcp()) return tell_datagrams(PHASE_UPDATE, socket);
  const tcp_record record = tcp(RECORD_NETSTAT, socket);
  tell_(&record, sizeof record);
}

void SocketRecords::listens(const KnownSocket& socket) const {
  listener_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_LISTENER, now()};
  record.socket = socket_fields_of(socket, netns_);
  record.owner = socket.owner;
  record.since_ns = socket.since_ns;
  record.backlog = socket.seen.receive_queue;
  record.backlog_limit = socket.seen.send_queue;
  tell_(&record, sizeof record);
}

tcp_record SocketRecords::tcp(record_kind kind, const KnownSocket& socket) const {
  tcp_record record = {};
  record.header = {sizeof record, RECORD_VERSION, static_cast<uint16_t>(kind), now()};
  record.socket = socket_fields_of(socket, netns_);
  record.owner = socket.owner;
  record.counters = socket.seen.tcp.counters;
  record.counters.bytes_received = payload_received(socket.seen);
  record.state = socket.seen.state;
  return record;
}

void SocketRecords::tell_datagrams(datagram_phase phase, const KnownSocket& socket) const {
  datagram_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_DATAGRAMS, now()};
  record.socket = socket_fields_of(socket, netns_);
  record.socket.flags = SOCKET_COUNTERS_UNKNOWN;
  record.owner = socket.owner;
  record.first_time_ns = socket.since_ns != 0 ? socket.since_ns : record.header.time_ns;
  record.phase = phase;
  tell_(&record, sizeof record);
}
