#include "diag_protocols.h"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

#include "socket_diag.h"

namespace {

constexpr uint32_t kAny = ~0u;
constexpr uint32_t kConnections = in_state(STATE_ESTABLISHED) | in_state(STATE_SYN_SENT) | in_state(STATE_FIN_WAIT1) |
                                  in_state(STATE_FIN_WAIT2) | in_state(STATE_CLOSE_WAIT) | in_state(STATE_LAST_ACK) |
                                  in_state(STATE_CLOSING);

const DiagProtocol kProtocols[] = {
    {IPPROTO_TCP, "tcp_diag", "TCP connections and listening sockets", nullptr, {in_state(STATE_LISTEN), kConnections}},
    {IPPROTO_UDP, "udp_diag", "UDP sockets", nullptr, {kAny}},
    {IPPROTO_UDPLITE, "udplite_diag", "UDP-Lite sockets", "UDP-Lite", {kAny}},
    {IPPROTO_SCTP, "sctp_diag", "SCTP sockets", "SCTP", {kAny}},
    {IPPROTO_RAW, "raw_diag", "connected raw sockets", nullptr, {kAny}},
};

bool kernel_has(const char* name) {
  std::ifstream file("/proc/net/protocols");
  std::string line;
  while (std::getline(file, line)) {
    if (line.compare(0, strlen(name), name) == 0) return true;
  }
  return false;
}

/** Returns a positive errno; ENOENT: the kernel has nothing that lists them. */
int probe(NetlinkSocket& socket, const DiagProtocol& protocol) {
  return dump_sockets(socket, AF_INET, protocol.number, in_state(STATE_LISTEN), [](const DiagSocket&) {}).error;
}

}  // namespace

int DiagProtocols::open(NetlinkSocket& socket) {
  for (const DiagProtocol& protocol : kProtocols) {
    const int error = probe(socket, protocol);
    if (error == 0) {
      listed_.push_back(&protocol);
      reports_.push_back({protocol.name, protocol.purpose, "attached", ""});
      continue;
    }
    if (protocol.number == IPPROTO_TCP) return error;
    // What the kernel does not speak is no loss.
    if (protocol.kernel_name != nullptr && !kernel_has(protocol.kernel_name)) continue;
    const bool is_absent = error == ENOENT;
    reports_.push_back({protocol.name, protocol.purpose, is_absent ? "not here" : "failed",
                        is_absent ? "this kernel has no module of that name" : strerror(error)});
  }
  return 0;
}

void DiagProtocols::try_again(NetlinkSocket& socket) {
  for (const DiagProtocol& protocol : kProtocols) {
    const bool is_listed = std::find(listed_.begin(), listed_.end(), &protocol) != listed_.end();
    if (is_listed || protocol.kernel_name == nullptr || !kernel_has(protocol.kernel_name)) continue;
    if (probe(socket, protocol) == 0) listed_.push_back(&protocol);
  }
}
