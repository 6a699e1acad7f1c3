#include "link_message.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

namespace {

void read_statistics(const rtattr& attribute, interface_record& record) {
  rtnl_link_stats64 statistics = {};
  read_attribute(attribute, statistics);
  record.bytes_received = statistics.rx_bytes;
  record.packets_received = statistics.rx_packets;
  record.errors_received = statistics.rx_errors;
  // As /proc/net/dev counts (net/core/net-procfs.c): what the hardware missed was dropped, too.
  record.drops_received = statistics.rx_dropped + statistics.rx_missed_errors;
  record.bytes_sent = statistics.tx_bytes;
  record.packets_sent = statistics.tx_packets;
  record.errors_sent = statistics.tx_errors;
  record.drops_sent = statistics.tx_dropped;
}

void read_name(const rtattr& attribute, char (&name)[INTERFACE_NAME_LENGTH]) {
  memcpy(name, payload(attribute), std::min(payload_size(attribute), sizeof name));
  name[sizeof name - 1] = 0;
}

bool is_kind(const rtattr& link_info, const char* kind) {
  bool found = false;
  each_attribute(payload(link_info), payload_size(link_info), [&](const rtattr& attribute) {
    const size_t length = strlen(kind);
    if (attribute.rta_type == IFLA_INFO_KIND) {
      found = payload_size(attribute) >= length && memcmp(payload(attribute), kind, length) == 0 &&
              (payload_size(attribute) == length || payload(attribute)[length] == 0);
    }
  });
  return found;
}

}  // namespace

bool read_link(const nlmsghdr& message, LinkMessage& link) {
  const auto* body = message_body<ifinfomsg>(message);
  if (message.nlmsg_type != RTM_NEWLINK || body == nullptr) return false;
  interface_record& record = link.record;
  record.index = static_cast<uint32_t>(body->ifi_index);
  record.type = body->ifi_type;
  record.flags = body->ifi_flags;
  const bool whole = each_attribute_after<ifinfomsg>(message, [&](const rtattr& attribute) {
    switch (attribute.rta_type & NLA_TYPE_MASK) {
      case IFLA_IFNAME: return read_name(attribute, record.name);
      case IFLA_MTU: return read_attribute(attribute, record.mtu);
      case IFLA_LINK: return read_attribute(attribute, record.peer_index);
      case IFLA_LINK_NETNSID:
        link.peer_is_elsewhere = true;
        return read_attribute(attribute, link.peer_namespace_id);
      case IFLA_STATS64: return read_statistics(attribute, record);
      case IFLA_OPERSTATE: {
        uint8_t state = 0;
        read_attribute(attribute, state);
        record.oper_state = state;
        return;
      }
      case IFLA_LINKINFO: link.is_veth = is_kind(attribute, "veth"); return;
    }
  });
  // Of other kinds IFLA_LINK is the device that they stand on.
  if (!link.is_veth) {
    record.peer_index = 0;
    link.peer_is_elsewhere = false;
    link.peer_namespace_id = -1;
  }
  return whole;
}

DumpResult dump_links(NetlinkSocket& route, int32_t of, const std::function<void(LinkMessage& link)>& take) {
  ifinfomsg body = {};
  body.ifi_family = AF_UNSPEC;
  NetlinkRequest request(body);
  if (of >= 0) request.with(IFLA_TARGET_NETNSID, of);
  uint64_t unreadable = 0;
  DumpResult result = route.dump(RTM_GETLINK, request.data(), request.size(), [&](const nlmsghdr& message) {
    LinkMessage link;
    if (read_link(message, link)) take(link);
    else unreadable++;
  });
  result.unreadable += unreadable;
  return result;
}
