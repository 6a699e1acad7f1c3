#pragma once

#include "packet.h"

/** What of a payload is written, and the longest header in front of it. */
constexpr size_t kMostPayload = 1500;
constexpr size_t kMostHeader = 40 + 20;

/**
 * Writes a packet of TCP or UDP that has a payload as the decoder understood it: headers of IP and transport without options, extensions or
 * tunnels, the lengths those of what is there. `to` has room for kMostHeader + kMostPayload. Returns its length.
 */
size_t write_plain_packet(const Packet& packet, uint8_t* to);
