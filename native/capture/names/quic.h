#pragma once

#include "packet.h"

/** What a client's datagram that begins a connection of QUIC may have at most; JavaScript reads the ClientHello in it. */
constexpr size_t kLongestInitial = 1500;

/** A datagram of a client's, with an Initial packet of QUIC 1, 2 or a draft of it (RFC 9000 17.2.2, RFC 9369 3.2). */
bool is_quic_initial(const Packet& packet);
