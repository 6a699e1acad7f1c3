/** How the layers hand a packet to one another. */
#pragma once

#include "decoder.h"

/** What is left of a packet while its headers are read one after another. */
struct Rest {
  Bytes bytes;
  /** How many bytes it has on the wire from here on; at least as many as were captured. */
  uint32_t wire_length;
  /** What the layer below says that this is, 4 or 6; 0: it says nothing. */
  uint8_t ip_version;

  void skip(uint32_t count) {
    bytes = bytes.from(count);
    wire_length = count < wire_length ? wire_length - count : 0;
  }
  /** What follows belongs to the layer below: padding, trailers. */
  void cut(uint32_t length) {
    if (length >= wire_length) return;
    wire_length = length;
    bytes = bytes.first(length);
  }
  /** For `needed` bytes at its beginning: were they on the wire and not captured, or were they never there? */
  decode_problem lacks(size_t needed, decode_problem cut, decode_problem malformed) const {
    return needed > wire_length ? malformed : cut;
  }
};

/** Of a link header fewer bytes are there than it takes. */
inline decode_problem lacks_link(const Rest& rest, size_t needed) {
  return rest.lacks(needed, CUT_LINK, MALFORMED_LINK);
}

/** What is found behind a header. */
enum class Next { kIp, kEthernet, kPpp, kEtherType };

/** What is inside of a tunnel when its headers are taken off. */
struct Inside {
  Next next = Next::kIp;
  /** Of kEtherType. */
  uint16_t ether_type = 0;
  /** Nothing but a port says that it is a tunnel, and datagrams of others go there, too: what is inside has to fit. */
  bool has_no_mark = false;
};

/** Headers that may lie inside one another: tags, labels, extension headers, tunnels. */
constexpr int kDeepest = 32;

/** Counts the headers of one packet. */
class Depth {
 public:
  bool enter() { return ++count_ <= kDeepest; }

 private:
  int count_ = 0;
};

/** A type of Ethernet's; what is below is a length (IEEE 802.3). */
constexpr uint16_t kFirstEtherType = 0x0600;

/** All of these: up to the header of IP. */
decode_problem read_link(int link_type, Rest& rest, Packet& packet, Depth& depth);
decode_problem read_ethernet(Rest& rest, Packet& packet, Depth& depth);
/** What a type of Ethernet's announces. */
decode_problem read_ether_type(uint16_t type, Rest& rest, Packet& packet, Depth& depth);
decode_problem read_mpls(Rest& rest, Packet& packet, Depth& depth);
/** IEEE 802.2, and the part of it behind the access points that says whose number the protocol's is (RFC 1042). */
decode_problem read_llc(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_snap(Rest& rest, Packet& packet, Depth& depth);
/** A byte that names the protocol behind it. */
decode_problem read_network_identifier(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_ppp(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_pppoe(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_serial(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_cisco_hdlc(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_frame_relay(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_token_ring(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_fddi(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_atm(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_sun_atm(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_wireless(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_radiotap(Rest& rest, Packet& packet, Depth& depth);
decode_problem read_prism(Rest& rest, Packet& packet, Depth& depth);

/** IP with its options or extension headers: the addresses, the protocol and what the length is. */
decode_problem read_ip(Rest& rest, Packet& packet, Depth& depth);
/** Whether this is a packet of IP by its length and, with IPv4, by its checksum; bytes made up at random are none. */
bool is_exactly_ip(const Rest& rest);

/** Ports, TCP, ICMP. */
decode_problem read_transport(Rest rest, Packet& packet);

/** Takes the tunnel's headers off. False: it is no tunnel. */
bool enter_tunnel(Rest& rest, const Packet& outer, Inside& inside);
