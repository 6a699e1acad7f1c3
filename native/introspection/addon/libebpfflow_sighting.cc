#include "libebpfflow_sighting.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace {

using libebpfflow::Event;

/** include/linux/threads.h PID_MAX_LIMIT */
constexpr uint32_t kMostPid = 4 * 1024 * 1024;
/** An event that claims to be older than this, or from the future, has a time of another clock. */
constexpr uint64_t kOldestNs = 60'000'000'000;
/** connect() does not wait for the peer in the function that the library measures. */
constexpr uint64_t kLongestConnectNs = 10'000'000;
constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t kLoopback4[4] = {127, 0, 0, 1};
constexpr uint8_t kLoopback6[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

bool is_known_type(uint16_t type) {
  switch (type) {
    case libebpfflow::ACCEPT:
    case libebpfflow::CONNECT:
    case libebpfflow::RETRANSMIT:
    case libebpfflow::UDP_RECEIVE:
    case libebpfflow::UDP_SEND:
    case libebpfflow::CLOSE:
    case libebpfflow::CONNECT_FAILED:
      return true;
  }
  return false;
}

/** UDP that was received is told as sent, with the direction beside it and no process. */
libebpfflow::EventType type_of(const Event& event) {
  const bool received = event.type == libebpfflow::UDP_SEND && event.sent == 0 && event.process.tid == 0;
  return received ? libebpfflow::UDP_RECEIVE : static_cast<libebpfflow::EventType>(event.type);
}

/** Of what others opened the library exchanges the peers; of a packet that came in the source is the peer. */
bool source_is_remote(libebpfflow::EventType type) {
  return type == libebpfflow::ACCEPT || type == libebpfflow::UDP_RECEIVE;
}

void write_ipv4(uint8_t (&address)[ADDRESS_LENGTH], const uint8_t* ipv4) {
  memcpy(address, kMapped, sizeof kMapped);
  memcpy(address + sizeof kMapped, ipv4, 4);
}

/**
 * Of an IPv6 socket whose address begins with eight zero bytes, ::1 and all IPv4-mapped ones, the library says that it
 * is IPv4 from 127.0.0.1 to 127.0.0.1. Behind these the real peer is left over; real IPv4 leaves zeroes.
 */
bool is_pretended_ipv4(const Event& event) {
  const uint8_t* peer = event.addresses + 16;
  return memcmp(event.addresses, kLoopback4, 4) == 0 && memcmp(event.addresses + 8, kLoopback4, 4) == 0 &&
         std::any_of(peer, peer + 16, [](uint8_t byte) { return byte != 0; });
}

void read_pretended(const Event& event, Sighting& sighting) {
  memcpy(sighting.remote_address, event.addresses + 16, ADDRESS_LENGTH);
  if (memcmp(sighting.remote_address, kLoopback6, sizeof kLoopback6) == 0) {
    memcpy(sighting.local_address, kLoopback6, sizeof kLoopback6);
  } else if (memcmp(sighting.remote_address, kMapped, sizeof kMapped) == 0) {
    const uint8_t unknown[4] = {};
    write_ipv4(sighting.local_address, sighting.remote_address[12] == 127 ? kLoopback4 : unknown);
  }
}

void read_addresses(const Event& event, Sighting& sighting) {
  const bool swap = source_is_remote(sighting.type);
  auto& source = swap ? sighting.remote_address : sighting.local_address;
  auto& destination = swap ? sighting.local_address : sighting.remote_address;
  if (event.ip_version == 6) {
    memcpy(source, event.addresses, ADDRESS_LENGTH);
    memcpy(destination, event.addresses + 16, ADDRESS_LENGTH);
  } else if (sighting.is_tcp() && is_pretended_ipv4(event)) {
    read_pretended(event, sighting);
  } else {
    write_ipv4(source, event.addresses);
    write_ipv4(destination, event.addresses + 8);
  }
  sighting.local_port = swap ? event.destination_port : event.source_port;
  sighting.remote_port = swap ? event.source_port : event.destination_port;
}

/** What a device may be called (net/core/dev.c dev_valid_name); the library reads what is no device, too. */
void read_interface(const char (&from)[16], char (&to)[INTERFACE_NAME_LENGTH]) {
  const size_t length = strnlen(from, sizeof from);
  if (length == sizeof from) return;
  for (size_t i = 0; i < length; i++) {
    if (from[i] <= ' ' || from[i] >= 0x7f || from[i] == '/' || from[i] == ':') return;
  }
  memcpy(to, from, length);
}

void read_task(const libebpfflow::Task& from, uint32_t pid, uint32_t tid, SeenTask& task) {
  if (pid == 0 || pid > kMostPid || tid > kMostPid) return;
  task.pid = pid;
  task.tid = tid;
  task.uid = from.uid;
  task.gid = from.gid;
  memcpy(task.comm, from.comm, strnlen(from.comm, sizeof task.comm - 1));
}

}  // namespace

LibebpfflowDrop read_sighting(const void* data, int size, uint64_t now_ns, Sighting& sighting) {
  const int known = sizeof(Event);
  if (data == nullptr || size < known || size > known + libebpfflow::kPerfPadding) return LibebpfflowDrop::WRONG_SIZE;
  // Samples of perf are not aligned as the struct is.
  Event event;
  memcpy(&event, data, sizeof event);
  if (!is_known_type(event.type)) return LibebpfflowDrop::NOT_UNDERSTOOD;
  sighting.type = type_of(event);
  const int protocol = sighting.is_tcp() ? IPPROTO_TCP : IPPROTO_UDP;
  const bool has_addresses = event.ip_version == 4 || event.ip_version == 6;
  const bool has_ports = event.source_port != 0 || event.destination_port != 0;
  if (event.protocol != protocol || !has_addresses || !has_ports) return LibebpfflowDrop::NOT_UNDERSTOOD;
  // A listener that is closed, or a socket that has given its port back.
  if (event.source_port == 0 || event.destination_port == 0) return LibebpfflowDrop::NO_CONVERSATION;

  const bool is_plausible = event.time_ns <= now_ns && now_ns - event.time_ns < kOldestNs;
  sighting.time_ns = is_plausible ? event.time_ns : now_ns;
  sighting.begin_ns = sighting.time_ns;
  if (sighting.type == libebpfflow::CONNECT) {
    sighting.latency_us = event.latency_us;
    sighting.begin_ns -= std::min({event.latency_us * uint64_t{1000}, kLongestConnectNs, sighting.time_ns});
  }
  read_addresses(event, sighting);
  read_interface(event.interface, sighting.interface);
  read_task(event.process, event.process.tid, event.process.pid, sighting.task);
  read_task(event.parent, event.parent.pid, event.parent.pid, sighting.parent);
  return LibebpfflowDrop::COUNT;
}
