#pragma once

#include <cstdint>

#include "netlink_socket.h"
#include "record_layout.h"

/* The kernel's table of connections (conntrack) over netlink: linux/netfilter/nfnetlink_conntrack.h. */

/** An entry of the table. */
struct Conntrack {
  uint8_t protocol = 0;
  /** As the first packet came, and as it went on: the mirror of the answers that are expected. */
  ends_fields before = {};
  ends_fields after = {};
  /**
   * Whether it is of a zone other than 0, for which the same addresses may mean something else (nft "ct zone set", Open
   * vSwitch); also when that is so in one direction only.
   */
  bool is_in_zone = false;
  bool is_destroyed = false;
  /** TCP: both sides have closed it; it only waits to be removed. */
  bool is_over = false;

  /** Whether addresses or ports are other ones afterwards. */
  bool translates() const;
};

/** Reads a notice or an answer. False when it is no entry of a protocol with ports, or makes no sense. */
bool read_conntrack(const nlmsghdr& message, Conntrack& entry);

/** Whether the message is about the table at all: else it is malformed rather than of no interest. */
bool is_conntrack(const nlmsghdr& message);

/** Joins the notices of new and of destroyed entries that translate. Returns a positive errno, 0 for success. */
int join_conntrack(NetlinkSocket& socket);

/** Asks for the whole table of the socket's namespace. */
DumpResult dump_conntrack(NetlinkSocket& socket, const NetlinkSocket::Take& take);
