#include "socket_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <cstring>

namespace {

/** idiag_timer of what is in TIME_WAIT (net/ipv4/inet_diag.c, inet_twsk_diag_fill). */
constexpr uint8_t kTimeWaitTimer = 3;
/** The first 12 bytes of an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void read_address(uint8_t family, const __be32 (&from)[4], uint8_t (&to)[ADDRESS_LENGTH]) {
  if (family == AF_INET6) {
    memcpy(to, from, ADDRESS_LENGTH);
  } else {
    memcpy(to, kMapped, sizeof kMapped);
    memcpy(to + sizeof kMapped, from, 4);
  }
}

bool is_mapped(const uint8_t (&address)[ADDRESS_LENGTH]) { return memcmp(address, kMapped, sizeof kMapped) == 0; }

TcpFacts read_tcp(const rtattr& attribute) {
  tcp_info info = {};
  read_attribute(attribute, info);
  TcpFacts facts;
  facts.bytes_acknowledged = info.tcpi_bytes_acked;
  facts.data_segments_received = info.tcpi_data_segs_in;
  tcp_counters& to = facts.counters;
  to.bytes_sent = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
  to.bytes_received = info.tcpi_bytes_received;
  to.segments_sent = info.tcpi_segs_out;
  to.segments_received = info.tcpi_segs_in;
  to.rtt_us = info.tcpi_rtt;
  to.rtt_var_us = info.tcpi_rttvar;
  to.retransmits = info.tcpi_total_retrans;
  to.out_of_order = info.tcpi_rcv_ooopack;
  to.lost = info.tcpi_lost;
  to.unacknowledged = info.tcpi_unacked;
  to.delivery_rate = info.tcpi_delivery_rate;
  to.congestion_window = info.tcpi_snd_cwnd;
  return facts;
}

/** False when the message is not one of a socket, or malformed. */
bool read_socket(const nlmsghdr& message, uint8_t protocol, DiagSocket& socket) {
  const auto* body = message_body<inet_diag_msg>(message);
  if (message.nlmsg_type != SOCK_DIAG_BY_FAMILY || body == nullptr) return false;
  if (body->idiag_family != AF_INET && body->idiag_family != AF_INET6) return false;
  socket.protocol = protocol;
  socket.cookie = static_cast<uint64_t>(body->id.idiag_cookie[1]) << 32 | body->id.idiag_cookie[0];
  socket.state = body->idiag_state;
  socket.is_remainder = body->idiag_timer == kTimeWaitTimer;
  read_address(body->idiag_family, body->id.idiag_src, socket.local_address);
  read_address(body->idiag_family, body->id.idiag_dst, socket.remote_address);
  socket.local_port = ntohs(body->id.idiag_sport);
  socket.remote_port = ntohs(body->id.idiag_dport);
  socket.interface_index = body->id.idiag_if;
  socket.uid = body->idiag_uid;
  socket.inode = body->idiag_inode;
  socket.receive_queue = body->idiag_rqueue;
  socket.send_queue = body->idiag_wqueue;
  return each_attribute_after<inet_diag_msg>(message, [&](const rtattr& attribute) {
    switch (attribute.rta_type & NLA_TYPE_MASK) {
      case INET_DIAG_PROTOCOL: return read_attribute(attribute, socket.protocol);
      case INET_DIAG_CGROUP_ID: return read_attribute(attribute, socket.cgroup_id);
      case INET_DIAG_INFO:
        if (socket.is_tcp()) socket.tcp = read_tcp(attribute);
        return;
    }
  });
}

}  // namespace

uint64_t DiagSocket::key() const {
  if (protocol != IPPROTO_SCTP) return cookie;
  uint64_t key = cookie ^ static_cast<uint64_t>(remote_port) << 48;
  for (const uint8_t byte : remote_address) key = key * 31 + byte;
  return key;
}

bool DiagSocket::has_peer() const {
  static constexpr uint8_t kNone[ADDRESS_LENGTH] = {};
  static constexpr uint8_t kNoneMapped[ADDRESS_LENGTH] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return remote_port != 0 || (memcmp(remote_address, kNone, ADDRESS_LENGTH) != 0 &&
                              memcmp(remote_address, kNoneMapped, ADDRESS_LENGTH) != 0);
}

bool DiagSocket::is_listening() const {
  return is_tcp() || protocol == IPPROTO_SCTP ? state == STATE_LISTEN : !has_peer();
}

DumpResult dump_sockets(NetlinkSocket& socket, uint8_t family, uint8_t protocol, uint32_t states,
                        const std::function<void(const DiagSocket& found)>& take) {
  inet_diag_req_v2 request = {};
  request.sdiag_family = family;
  request.sdiag_protocol = protocol;
  request.idiag_ext = protocol == IPPROTO_TCP ? 1 << (INET_DIAG_INFO - 1) : 0;
  request.idiag_states = states;
  uint64_t unreadable = 0;
  DumpResult result =
      socket.dump(SOCK_DIAG_BY_FAMILY, &request, sizeof request, [&](const nlmsghdr& message) {
        DiagSocket found;
        if (!read_socket(message, protocol, found)) {
          unreadable++;
          return;
        }
        // Raw sockets have no ports: their protocol stands there.
        if (protocol == IPPROTO_RAW) {
          found.is_raw = true;
          found.local_port = found.remote_port = 0;
        }
        take(found);
      });
  result.unreadable += unreadable;
  return result;
}

bool find_tcp_socket(NetlinkSocket& socket, const socket_fields& wanted, DiagSocket& found) {
  inet_diag_req_v2 request = {};
  const bool ipv4 = is_mapped(wanted.local_address);
  request.sdiag_family = ipv4 ? AF_INET : AF_INET6;
  request.sdiag_protocol = IPPROTO_TCP;
  request.idiag_states = ~0u;
  const size_t skipped = ipv4 ? sizeof kMapped : 0;
  memcpy(request.id.idiag_src, wanted.local_address + skipped, ADDRESS_LENGTH - skipped);
  memcpy(request.id.idiag_dst, wanted.remote_address + skipped, ADDRESS_LENGTH - skipped);
  request.id.idiag_sport = htons(wanted.local_port);
  request.id.idiag_dport = htons(wanted.remote_port);
  request.id.idiag_if = wanted.interface_index;
  request.id.idiag_cookie[0] = static_cast<uint32_t>(wanted.cookie);
  request.id.idiag_cookie[1] = static_cast<uint32_t>(wanted.cookie >> 32);
  bool is_found = false;
  (void)socket.ask(SOCK_DIAG_BY_FAMILY, &request, sizeof request, [&](const nlmsghdr& message) {
    is_found = read_socket(message, IPPROTO_TCP, found);
  });
  return is_found;
}

bool read_destroyed(const nlmsghdr& message, DiagSocket& socket) { return read_socket(message, 0, socket); }
