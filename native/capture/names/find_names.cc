#include "found_name.h"

namespace {

constexpr uint16_t kDns = 53;
constexpr uint16_t kMulticastDns = 5353;
constexpr uint16_t kLinkLocalNames = 5355;
constexpr uint16_t kDhcpServer = 67;
constexpr uint16_t kDhcpClient = 68;

bool is_dns(uint16_t port) { return port == kDns || port == kMulticastDns || port == kLinkLocalNames; }
bool is_dhcp(uint16_t port) { return port == kDhcpServer || port == kDhcpClient; }

}  // namespace

bool is_name(const char* text, size_t length) {
  if (length == 0 || length > NAME_CAPACITY) return false;
  for (size_t i = 0; i < length; i++) {
    if (text[i] <= ' ' || text[i] > '~') return false;
  }
  return true;
}

NameResult find_names(const Packet& packet, const NameSink& sink) {
  const Bytes& payload = packet.payload;
  if (packet.is_later_fragment || payload.size() == 0) return NameResult::kNone;
  if (packet.has_tcp) return find_stream_names(packet.tuple, payload, 0, sink).result;
  if (packet.tuple.protocol != protocol::kUdp) return NameResult::kNone;
  if (is_dns(packet.tuple.source_port)) return find_dns_answers(payload, sink);
  const bool is_dhcp_pair = is_dhcp(packet.tuple.source_port) && is_dhcp(packet.tuple.destination_port);
  return is_dhcp_pair ? find_dhcp_host(payload, sink) : NameResult::kNone;
}

Look find_stream_names(const FlowTuple& tuple, Bytes bytes, size_t finished, const NameSink& sink) {
  if (tuple.source_port == kDns) return find_dns_stream(bytes, sink);
  // Of the others only the head of a request is read line by line.
  if (finished > 0) return find_http_host(bytes, finished, sink);
  if (bytes.size() == 0) return {};
  // A handshake record of TLS, or the upper-case letter that a request of HTTP begins with.
  if (bytes.u8(0) == 0x16) return find_tls_names(bytes, sink);
  return bytes.u8(0) >= 'A' && bytes.u8(0) <= 'Z' ? find_http_host(bytes, 0, sink) : Look{};
}
