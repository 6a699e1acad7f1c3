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
  /** What that namespace is called in the one that was asked (IFLA_LINK_NETNSID); -1: it has no name there. */
  int32_t peer_namespace_id = -1;
  bool is_veth = false;
};

/** False when the message is not one of an interface, or malformed. */
bool read_link(const nlmsghdr& message, LinkMessage& link);

/**
 * Sends the request for all interfaces, and hands over one after another. `of`: the namespace that is meant, as the
 * one of `route` calls it; negative: that one itself.
 */
DumpResult dump_links(NetlinkSocket& route, int32_t of, const std::function<void(LinkMessage& link)>& take);
