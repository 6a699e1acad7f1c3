#include "known_socket.h"

#include <cstring>

#include "connection_facts.h"

socket_fields socket_fields_of(const KnownSocket& socket, uint32_t netns) {
  const DiagSocket& seen = socket.seen;
  socket_fields fields = {};
  fields.cookie = seen.cookie;
  memcpy(fields.local_address, seen.local_address, ADDRESS_LENGTH);
  memcpy(fields.remote_address, seen.remote_address, ADDRESS_LENGTH);
  fields.local_port = seen.local_port;
  fields.remote_port = seen.remote_port;
  fields.netns = netns;
  fields.interface_index = socket.interface_index;
  memcpy(fields.interface_name, socket.interface_name, INTERFACE_NAME_LENGTH);
  fields.side = socket.side;
  fields.protocol = seen.protocol;
  return fields;
}

tcp_record tcp_record_of(record_kind kind, const KnownSocket& socket, uint32_t netns, uint64_t time_ns) {
  tcp_record record = {};
  record.header = {sizeof record, RECORD_VERSION, static_cast<uint16_t>(kind), time_ns};
  record.socket = socket_fields_of(socket, netns);
  record.owner = socket.owner;
  record.counters = socket.seen.tcp.counters;
  record.counters.bytes_received = payload_received(socket.seen);
  record.state = socket.seen.state;
  return record;
}

datagram_record datagram_record_of(datagram_phase phase, const KnownSocket& socket, uint32_t netns, uint64_t time_ns) {
  datagram_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_DATAGRAMS, time_ns};
  record.socket = socket_fields_of(socket, netns);
  record.socket.flags = SOCKET_COUNTERS_UNKNOWN;
  record.owner = socket.owner;
  record.first_time_ns = socket.since_ns != 0 ? socket.since_ns : time_ns;
  record.phase = phase;
  return record;
}

listener_record listener_record_of(const KnownSocket& socket, uint32_t netns, uint64_t time_ns) {
  listener_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_LISTENER, time_ns};
  record.socket = socket_fields_of(socket, netns);
  record.owner = socket.owner;
  record.since_ns = socket.since_ns;
  record.backlog = socket.seen.receive_queue;
  record.backlog_limit = socket.seen.send_queue;
  return record;
}
