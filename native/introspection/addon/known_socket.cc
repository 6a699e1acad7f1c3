#include "known_socket.h"

#include <cstring>

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
