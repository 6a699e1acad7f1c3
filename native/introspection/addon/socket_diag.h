#pragma once

#include <cstdint>
#include <functional>

#include "netlink_socket.h"
#include "record_layout.h"

/** The kernel's numbers of TCP's states (include/net/tcp_states.h), which other protocols use, too. */
enum SocketState : uint8_t {
  STATE_ESTABLISHED = 1,
  STATE_SYN_SENT = 2,
  STATE_FIN_WAIT1 = 4,
  STATE_FIN_WAIT2 = 5,
  STATE_TIME_WAIT = 6,
  STATE_CLOSE = 7,
  STATE_CLOSE_WAIT = 8,
  STATE_LAST_ACK = 9,
  STATE_LISTEN = 10,
  STATE_CLOSING = 11,
};

constexpr uint32_t in_state(SocketState state) { return 1u << state; }

/** What tcp_info says of a connection (struct tcp_info in linux/tcp.h), as far as it is used. */
struct TcpFacts {
  /** Payload and counters as the socket has them; `bytes_received` counts the peer's FIN if it came. */
  tcp_counters counters = {};
  /** Counts SYN and FIN, once the peer has acknowledged them. */
  uint64_t bytes_acknowledged = 0;
  uint32_t data_segments_received = 0;
};

/** A socket as sock_diag describes it (struct inet_diag_msg in linux/inet_diag.h). */
struct DiagSocket {
  uint64_t cookie = 0;
  uint8_t protocol = 0;
  uint8_t state = 0;
  bool is_raw = false;
  /** What is left of a connection in TIME_WAIT, or in FIN_WAIT2 without a process: no counters, no owner. */
  bool is_remainder = false;
  /** IPv4 as IPv4-mapped IPv6. */
  uint8_t local_address[ADDRESS_LENGTH] = {};
  uint8_t remote_address[ADDRESS_LENGTH] = {};
  uint16_t local_port = 0;
  uint16_t remote_port = 0;
  /** Of a socket that is bound to one interface. */
  uint32_t interface_index = 0;
  /** Who made the socket. */
  uint32_t uid = 0;
  /** 0: no process holds it, or a connection that was not accepted yet. */
  uint32_t inode = 0;
  uint64_t cgroup_id = 0;
  /** Bytes that the process has not read; of a listener connections that wait. */
  uint32_t receive_queue = 0;
  /** Of a listener: connections that may wait. */
  uint32_t send_queue = 0;
  /** Only of TCP. */
  TcpFacts tcp;

  bool is_tcp() const { return protocol == 6; }
  /** Its cookie, which is its own among all sockets; one of SCTP has many conversations, each with a key. */
  uint64_t key() const;
  /** Whether it is connected. */
  bool has_peer() const;
  /** It waits for whoever comes: TCP and SCTP in LISTEN, others while they are not connected. */
  bool is_listening() const;
};

/**
 * Asks for all sockets of a protocol (IPPROTO_RAW: raw sockets of any) and family in some states. The socket is one of
 * NETLINK_SOCK_DIAG.
 */
DumpResult dump_sockets(NetlinkSocket& socket, uint8_t family, uint8_t protocol, uint32_t states,
                        const std::function<void(const DiagSocket& found)>& take);

/**
 * Asks for one TCP socket by its addresses and cookie; what remains of it in FIN_WAIT2 or TIME_WAIT is found, too. False
 * when the kernel has no such connection any more.
 */
bool find_tcp_socket(NetlinkSocket& socket, const socket_fields& wanted, DiagSocket& found);

/** Reads a notice that a socket was destroyed. False when it is malformed. */
bool read_destroyed(const nlmsghdr& message, DiagSocket& socket);
