/*
 * Netlink answers that are not what they should be, read by the addon's own code under the address sanitizer:
 *
 *   hostile_netlink broken SECONDS SEED   real messages of this kernel, changed at random and cut to their exact size
 *   hostile_netlink forged                messages that another process sends to the addon's socket
 *
 * Ends with 0 when nothing was read that is not there, and nothing was believed that the kernel did not say.
 */
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "connection_facts.h"
#include "conntrack_message.h"
#include "link_message.h"
#include "socket_diag.h"

namespace {

using Bytes = std::vector<uint8_t>;

[[noreturn]] void fail(const char* what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

NetlinkSocket open_socket(int protocol) {
  NetlinkSocket socket;
  if (socket.open(protocol) != 0) fail("no netlink socket");
  return socket;
}

void append(Bytes& to, const void* from, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(from);
  to.insert(to.end(), bytes, bytes + size);
  to.resize(NLMSG_ALIGN(to.size()));
}

Bytes attribute(uint16_t type, const Bytes& value) {
  const rtattr header = {static_cast<unsigned short>(RTA_LENGTH(value.size())), type};
  Bytes bytes;
  append(bytes, &header, sizeof header);
  append(bytes, value.data(), value.size());
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

enum class Zone { kNone, kBothWays, kOneWay };

/** A TCP connection of 10.0.0.1 to 10.0.0.2, as the kernel tells of it; a host may track none at the moment. */
Bytes conntrack_entry(Zone zone) {
  const auto tuple = [](uint8_t from, uint8_t to) {
    const Bytes addresses = attribute(1, {10, 0, 0, from}) + attribute(2, {10, 0, 0, to});
    const Bytes ports = attribute(1, {6}) + attribute(2, {200, from}) + attribute(3, {200, to});
    return attribute(1 | NLA_F_NESTED, addresses) + attribute(2 | NLA_F_NESTED, ports);
  };
  const Bytes state = attribute(1 | NLA_F_NESTED, attribute(1, {3}));
  const Bytes of_tuple = zone == Zone::kOneWay ? attribute(3, {0, 7}) : Bytes{};
  const Bytes of_both = zone == Zone::kBothWays ? attribute(18, {0, 7}) : Bytes{};
  const Bytes body = Bytes{AF_INET, 0, 0, 0} + attribute(1 | NLA_F_NESTED, tuple(1, 2) + of_tuple) +
                     attribute(2 | NLA_F_NESTED, tuple(3, 1)) + attribute(4 | NLA_F_NESTED, state) + of_both;
  nlmsghdr header = {};
  header.nlmsg_len = NLMSG_LENGTH(body.size());
  header.nlmsg_type = 1 << 8;
  Bytes bytes;
  append(bytes, &header, sizeof header);
  append(bytes, body.data(), body.size());
  return bytes;
}

std::vector<Bytes> real_messages() {
  std::vector<Bytes> messages;
  const auto keep = [&](const nlmsghdr& message) {
    const auto* start = reinterpret_cast<const uint8_t*>(&message);
    messages.emplace_back(start, start + message.nlmsg_len);
  };
  NetlinkSocket route = open_socket(NETLINK_ROUTE);
  const ifinfomsg links = {};
  route.dump(RTM_GETLINK, &links, sizeof links, keep);
  NetlinkSocket diag = open_socket(NETLINK_SOCK_DIAG);
  for (const uint8_t family : {AF_INET, AF_INET6}) {
    for (const uint8_t protocol : {IPPROTO_TCP, IPPROTO_UDP}) {
      // struct inet_diag_req_v2: family, protocol, extensions (INET_DIAG_INFO), padding, states, 48 bytes of addresses.
      uint8_t request[56] = {family, protocol, 2, 0, 0xff, 0xff, 0xff, 0xff};
      diag.dump(20, request, sizeof request, keep);
    }
  }
  NetlinkSocket netfilter = open_socket(NETLINK_NETFILTER);
  dump_conntrack(netfilter, keep);
  for (const Zone zone : {Zone::kNone, Zone::kBothWays, Zone::kOneWay}) {
    messages.push_back(conntrack_entry(zone));
    Conntrack entry;
    if (!read_conntrack(*reinterpret_cast<const nlmsghdr*>(messages.back().data()), entry) || !entry.translates() ||
        entry.is_in_zone != (zone != Zone::kNone))
      fail("an entry is not understood");
  }
  if (messages.empty()) fail("this kernel has neither interfaces nor sockets");
  return messages;
}

void change(Bytes& bytes, std::mt19937& random) {
  for (unsigned changes = 1 + random() % 8; changes > 0; changes--) {
    const size_t at = random() % bytes.size();
    switch (random() % 4) {
      case 0: bytes[at] = static_cast<uint8_t>(random()); break;
      case 1: bytes[at] = random() % 2 ? 0 : 0xff; break;
      case 2: bytes.resize(1 + random() % bytes.size()); break;
      case 3: bytes.insert(bytes.begin() + at, 1 + random() % 8, static_cast<uint8_t>(random())); break;
    }
  }
}

void read_everything(const nlmsghdr& message) {
  LinkMessage link;
  (void)read_link(message, link);
  DiagSocket socket;
  (void)read_destroyed(message, socket);
  Conntrack entry;
  if (read_conntrack(message, entry)) (void)entry.translates();
  (void)side_by_sequence(socket);
  (void)ending_of(socket, LastSight{side_at_end(socket.tcp), socket.state, true}, socket.state);
}

int broken(int seconds, unsigned seed) {
  const std::vector<Bytes> originals = real_messages();
  std::mt19937 random(seed);
  const time_t end = time(nullptr) + seconds;
  long count = 0;
  while (time(nullptr) < end) {
    for (int i = 0; i < 1000; i++, count++) {
      Bytes changed = originals[random() % originals.size()];
      change(changed, random);
      // The sanitizer guards the bytes behind an allocation of exactly this size.
      const std::unique_ptr<uint8_t[]> exact(new uint8_t[changed.size()]);
      memcpy(exact.get(), changed.data(), changed.size());
      each_message(exact.get(), changed.size(), [](const nlmsghdr& message) {
        read_everything(message);
        return true;
      });
    }
  }
  printf("%ld\n", count);
  return 0;
}

uint32_t port_of(const NetlinkSocket& socket) {
  sockaddr_nl address = {};
  socklen_t length = sizeof address;
  getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &length);
  return address.nl_pid;
}

/** An end of a dump that says error 71, as an answer to whatever request is the first. */
int forged() {
  NetlinkSocket victim = open_socket(NETLINK_ROUTE);
  const NetlinkSocket attacker = open_socket(NETLINK_ROUTE);
  struct {
    nlmsghdr header;
    int error;
  } lie = {{NLMSG_LENGTH(sizeof(int)), NLMSG_DONE, NLM_F_MULTI, 1, port_of(victim)}, -71};
  sockaddr_nl to = {};
  to.nl_family = AF_NETLINK;
  to.nl_pid = port_of(victim);
  if (sendto(attacker.fd(), &lie, sizeof lie, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0)
    fail("the forged message cannot be sent");
  int links = 0;
  const DumpResult result = dump_links(victim, -1, [&](LinkMessage&) { links++; });
  if (result.error != 0 || result.unreadable != 0 || links == 0) fail("the forged message was believed");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "broken") == 0) return broken(atoi(argv[2]), strtoul(argv[3], nullptr, 10));
  if (argc == 2 && strcmp(argv[1], "forged") == 0) return forged();
  return 2;
}
