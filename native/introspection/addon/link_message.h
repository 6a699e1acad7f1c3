#pragma once

#include <cstdint>
#include <functional>

#include "netlink_socket.h"
#include "record_layout.h"

/** A network interface as RTM_NEWLINK describes it. */
struct LinkMessage {
  interface_record record = {};
  /** The other end of a veth pair is in another namespace. */
  bool peer_is_elsewhere = false;
  /** What that namespace is called in this one (IFLA_LINK_NETNSID); -1: it has no name here. */
  int32_t peer_namespace_id = -1;
};

/** False when the message is not one of an interface, or malformed. */
bool read_link(const nlmsghdr& message, LinkMessage& link);

/** Sends the request for all interfaces, and hands over one after another. */
DumpResult dump_links(NetlinkSocket& route, const std::function<void(LinkMessage& link)>& take);
