#include "decoder.h"

#include "layers.h"

namespace {

decode_problem read_packet(Rest& rest, Packet& packet, Depth& depth) {
  const auto problem = read_ip(rest, packet, depth);
  return problem == DECODED ? read_transport(rest, packet) : problem;
}

/** Up to the header of IP. */
decode_problem read_inside(Rest& rest, const Inside& inside, Packet& packet, Depth& depth) {
  rest.ip_version = 0;
  switch (inside.next) {
    case Next::kIp:
      return DECODED;
    case Next::kEthernet:
      return read_ethernet(rest, packet, depth);
    case Next::kPpp:
      return read_ppp(rest, packet, depth);
    case Next::kEtherType:
      return read_ether_type(inside.ether_type, rest, packet, depth);
  }
  return NOT_IP;
}

}  // namespace

decode_problem Decoder::decode(Bytes captured, uint32_t wire_length, Packet& packet) const {
  Depth depth;
  // A file may claim that less was on the wire than it holds.
  const auto held = static_cast<uint32_t>(captured.size());
  Rest rest = {captured, wire_length < held ? held : wire_length, 0};
  packet.vlan = 0;
  packet.device = 0;
  packet.is_tunnelled = false;
  auto problem = read_link(link_type_, rest, packet, depth);
  if (problem == DECODED) problem = read_packet(rest, packet, depth);
  if (problem != DECODED) return problem;

  Inside inside;
  while (options_.inside_tunnels && !packet.is_fragment && enter_tunnel(rest, packet, inside)) {
    Packet inner = packet;
    inner.is_tunnelled = true;
    problem = read_inside(rest, inside, inner, depth);
    if (problem == DECODED && inside.has_no_mark && !is_exactly_ip(rest)) return DECODED;
    if (problem == DECODED) problem = read_packet(rest, inner, depth);
    if (problem == TOO_DEEP) return TOO_DEEP;
    // What cannot be read inside of a tunnel is told as the tunnel's own.
    if (problem != DECODED) return DECODED;
    packet = inner;
  }
  return DECODED;
}
