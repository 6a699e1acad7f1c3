#pragma once

#include <cstdint>

#include "socket_diag.h"

/*
 * What follows from a TCP socket's counters. tcp_info has no sequence numbers, but `bytes_acknowledged` counts SYN and
 * FIN as one byte each, and `bytes_received` the peer's FIN.
 */

/**
 * enum socket_side: who opened the connection. A client's SYN was acknowledged, a server has sent none of its own that
 * counts. Unknown while data is on its way, and while the connection is being ended from here.
 */
uint32_t side_by_sequence(const DiagSocket& socket);

/** The same of a connection that has ended, where nothing else is known of it. */
uint32_t side_at_end(const TcpFacts& tcp);

/** Whether the handshake of a socket that is gone was ever completed. */
bool was_established(const TcpFacts& tcp);

/** The peer has ended its direction: its FIN was received. */
bool has_received_fin(uint8_t state);

/** Payload that was received, of a living connection. */
uint64_t payload_received(const DiagSocket& socket);

/** How a connection ended. */
struct Ending {
  uint64_t bytes_received = 0;
  /** Our FIN was not acknowledged: it was reset, given up or timed out. False also where that is not known. */
  bool is_broken = false;
};

/** What was known of a connection before the kernel told that its socket is destroyed. */
struct LastSight {
  uint32_t side = SIDE_UNKNOWN;
  /** STATE_CLOSE: it was never seen. */
  uint8_t state = STATE_CLOSE;
  /** A process had it open. */
  bool is_held = false;
};

/** Whether it must be known what the kernel keeps of the connection without a socket, to count its payload. */
bool depends_on_remainder(const DiagSocket& destroyed, const LastSight& last);

/**
 * From the counters of the notice. `remainder`: the state of what the kernel keeps of the connection without a socket,
 * STATE_FIN_WAIT2 or STATE_TIME_WAIT; 0 for nothing.
 */
Ending ending_of(const DiagSocket& destroyed, const LastSight& last, uint8_t remainder);
