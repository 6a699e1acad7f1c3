#pragma once

#include <cstdint>

#include "bytes.h"
#include "flow_layout.h"

/** 16 bytes of an address, IPv4 as IPv4-mapped IPv6. */
struct Address {
  uint8_t bytes[ADDRESS_LENGTH];
};

/** One direction of a conversation. */
struct FlowTuple {
  Address source;
  Address destination;
  uint16_t source_port;
  uint16_t destination_port;
  /** Of IP. */
  uint8_t protocol;
  uint8_t ip_version;
};

namespace protocol {
constexpr uint8_t kIcmp = 1;
constexpr uint8_t kIpInIp = 4;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kDccp = 33;
constexpr uint8_t kIpv6InIp = 41;
constexpr uint8_t kGre = 47;
constexpr uint8_t kIcmp6 = 58;
constexpr uint8_t kSctp = 132;
constexpr uint8_t kUdpLite = 136;
}  // namespace protocol

namespace tcp_flag {
constexpr uint8_t kFin = 1;
constexpr uint8_t kSyn = 2;
constexpr uint8_t kRst = 4;
constexpr uint8_t kAck = 16;
}  // namespace tcp_flag

/** What a packet's headers say. */
struct Packet {
  FlowTuple tuple;
  /** Of the innermost tag, 0: none. */
  uint16_t vlan;
  /** Index of the network interface that showed it, where several do; 0: not known. */
  uint32_t device;
  /** Of IP with its headers, as it was on the wire. */
  uint32_t length;

  bool is_fragment;
  /** Not the first fragment, so the ports are not in it. */
  bool is_later_fragment;
  uint32_t fragment_id;
  /** The tuple is that of a tunnel's inside. */
  bool is_tunnelled;

  /** The TCP header was captured whole and makes sense. */
  bool has_tcp;
  uint8_t tcp_flags;
  uint16_t window;
  uint32_t sequence;
  uint32_t acknowledgment;

  /** Of ICMP and ICMPv6. */
  uint8_t icmp_type;
  uint8_t icmp_code;
  /** An ICMP error names the flow that caused it, `quoted`. */
  bool has_quoted;
  FlowTuple quoted;

  /** Of TCP or UDP, bytes on the wire. */
  uint32_t payload_length;
  /** The part of it that was captured; valid as long as the packet's bytes are. */
  Bytes payload;
};
