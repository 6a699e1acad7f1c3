#include "routes.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "known_socket.h"
#include "network_namespaces.h"

namespace {

constexpr size_t kMostKnown = 4096;
constexpr size_t kIpv4Offset = 12;

struct Ipv4 {
  uint8_t bytes[4];
};
struct Ipv6 {
  uint8_t bytes[ADDRESS_LENGTH];
};

bool is_mapped(const uint8_t (&address)[ADDRESS_LENGTH]) {
  static constexpr uint8_t kMapped[kIpv4Offset] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return memcmp(address, kMapped, kIpv4Offset) == 0;
}

template <typename Address>
NetlinkRequest request_for(const KnownSocket& socket, uint8_t family, size_t offset) {
  rtmsg body = {};
  body.rtm_family = family;
  body.rtm_dst_len = body.rtm_src_len = 8 * sizeof(Address);
  Address local;
  Address remote;
  memcpy(local.bytes, socket.seen.local_address + offset, sizeof local);
  memcpy(remote.bytes, socket.seen.remote_address + offset, sizeof remote);
  NetlinkRequest request(body);
  request.with(RTA_DST, remote).with(RTA_SRC, local);
  if (socket.seen.interface_index != 0) request.with(RTA_OIF, socket.seen.interface_index);
  return request;
}

void read_name(const NetworkNamespace& in, uint32_t index, char (&name)[INTERFACE_NAME_LENGTH]) {
  ifreq request = {};
  request.ifr_ifindex = static_cast<int>(index);
  if (index != 0 && ioctl(in.route.fd(), SIOCGIFNAME, &request) == 0)
    memcpy(name, request.ifr_name, INTERFACE_NAME_LENGTH);
}

}  // namespace

void Routes::find(NetworkNamespace& in, KnownSocket& socket) {
  if (!in.route.is_open()) return;
  if (!socket.is_conversation()) {
    socket.interface_index = socket.seen.interface_index;
    read_name(in, socket.interface_index, socket.interface_name);
    return;
  }
  std::string key(reinterpret_cast<const char*>(&in.inode), sizeof in.inode);
  key.append(reinterpret_cast<const char*>(socket.seen.local_address), ADDRESS_LENGTH);
  key.append(reinterpret_cast<const char*>(socket.seen.remote_address), ADDRESS_LENGTH);
  key.append(reinterpret_cast<const char*>(&socket.seen.interface_index), sizeof socket.seen.interface_index);
  if (known_.size() >= kMostKnown) known_.clear();
  const auto [found, is_new] = known_.try_emplace(key);
  if (is_new) found->second = ask(in, socket);
  socket.interface_index = found->second.index;
  memcpy(socket.interface_name, found->second.name, INTERFACE_NAME_LENGTH);
}

Routes::Interface Routes::ask(NetworkNamespace& in, const KnownSocket& socket) {
  const NetlinkRequest request = is_mapped(socket.seen.remote_address)
                                     ? request_for<Ipv4>(socket, AF_INET, kIpv4Offset)
                                     : request_for<Ipv6>(socket, AF_INET6, 0);
  Interface interface;
  (void)in.route.ask(RTM_GETROUTE, request.data(), request.size(), [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWROUTE) return;
    each_attribute_after<rtmsg>(message, [&](const rtattr& attribute) {
      if (attribute.rta_type == RTA_OIF) read_attribute(attribute, interface.index);
    });
  });
  read_name(in, interface.index, interface.name);
  return interface;
}
