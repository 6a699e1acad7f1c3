#pragma once

#include "packet.h"

struct DecoderOptions {
  /**
   * The flows inside of tunnels are told instead of the tunnel's: IP in IP (RFC 2003, 2473, 4213), Ethernet in IP
   * (RFC 3378), GRE with what it carries (PPTP, ERSPAN), VXLAN, Geneve, GTP-U, L2TP, Teredo, LISP and MPLS in UDP.
   */
  bool inside_tunnels = false;
};

/** Reads packets of one kind of link. Allocates nothing and keeps nothing of a packet. */
class Decoder {
 public:
  /** `link_type` as libpcap's DLT_* on Linux. */
  Decoder(int link_type, DecoderOptions options) : link_type_(link_type), options_(options) {}

  static bool knows(int link_type);

  /**
   * `captured` are the packet's first bytes, `wire_length` is how many it had on the wire.
   * DECODED: `packet` is filled in; else what is in it means nothing.
   */
  decode_problem decode(Bytes captured, uint32_t wire_length, Packet& packet) const;

 private:
  const int link_type_;
  const DecoderOptions options_;
};
