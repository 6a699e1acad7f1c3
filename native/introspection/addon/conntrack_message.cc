#include "conntrack_message.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace {

constexpr uint16_t kSubsystem = NFNL_SUBSYS_CTNETLINK << 8;
/** Bits of an attribute's type that are flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
constexpr uint16_t kTypeMask = 0x3fff;
/** A first attribute follows netlink's and nfnetlink's headers. */
constexpr uint32_t kFirstAttribute = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(nfgenmsg));

uint16_t type_of(const rtattr& attribute) { return attribute.rta_type & kTypeMask; }

template <typename Take>
bool each_nested(const rtattr& attribute, Take take) {
  return each_attribute(payload(attribute), payload_size(attribute), take);
}

/** One direction of an entry. */
struct Tuple {
  uint8_t source[ADDRESS_LENGTH] = {};
  uint8_t destination[ADDRESS_LENGTH] = {};
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint8_t protocol = 0;
  uint8_t addresses = 0;
  uint8_t ports = 0;
  bool is_in_zone = false;
};

bool read_address(const rtattr& attribute, uint8_t (&address)[ADDRESS_LENGTH]) {
  const size_t size = payload_size(attribute);
  if (size == ADDRESS_LENGTH) {
    memcpy(address, payload(attribute), size);
    return true;
  }
  if (size != sizeof(in_addr)) return false;
  memset(address, 0, ADDRESS_LENGTH);
  address[10] = address[11] = 0xff;
  memcpy(address + 12, payload(attribute), size);
  return true;
}

bool read_port(const rtattr& attribute, uint16_t& port) {
  if (payload_size(attribute) != sizeof port) return false;
  read_attribute(attribute, port);
  port = ntohs(port);
  return true;
}

/** What is no zone is none of those that are known to be 0. */
bool is_other_zone(const rtattr& attribute) {
  uint16_t zone = 0;
  if (payload_size(attribute) != sizeof zone) return true;
  read_attribute(attribute, zone);
  return zone != 0;
}

bool read_tuple(const rtattr& tuple, Tuple& into) {
  bool is_sound = true;
  is_sound &= each_nested(tuple, [&](const rtattr& part) {
    if (type_of(part) == CTA_TUPLE_IP) {
      is_sound &= each_nested(part, [&](const rtattr& address) {
        const uint16_t type = type_of(address);
        if (type == CTA_IP_V4_SRC || type == CTA_IP_V6_SRC) into.addresses += read_address(address, into.source);
        if (type == CTA_IP_V4_DST || type == CTA_IP_V6_DST) into.addresses += read_address(address, into.destination);
      });
    } else if (type_of(part) == CTA_TUPLE_ZONE) {
      into.is_in_zone = is_other_zone(part);
    } else if (type_of(part) == CTA_TUPLE_PROTO) {
      is_sound &= each_nested(part, [&](const rtattr& field) {
        switch (type_of(field)) {
          case CTA_PROTO_NUM: read_attribute(field, into.protocol); break;
          case CTA_PROTO_SRC_PORT: into.ports += read_port(field, into.source_port); break;
          case CTA_PROTO_DST_PORT: into.ports += read_port(field, into.destination_port); break;
        }
      });
    }
  });
  return is_sound && into.addresses == 2 && into.ports == 2;
}

ends_fields ends_of(const uint8_t (&client)[ADDRESS_LENGTH], uint16_t client_port,
                    const uint8_t (&server)[ADDRESS_LENGTH], uint16_t server_port) {
  ends_fields ends = {};
  memcpy(ends.client_address, client, ADDRESS_LENGTH);
  memcpy(ends.server_address, server, ADDRESS_LENGTH);
  ends.client_port = client_port;
  ends.server_port = server_port;
  return ends;
}

uint8_t tcp_state_of(const rtattr& protocol_info) {
  uint8_t state = TCP_CONNTRACK_NONE;
  each_nested(protocol_info, [&](const rtattr& part) {
    if (type_of(part) != CTA_PROTOINFO_TCP) return;
    each_nested(part, [&](const rtattr& field) {
      if (type_of(field) == CTA_PROTOINFO_TCP_STATE) read_attribute(field, state);
    });
  });
  return state;
}

bool is_over(uint8_t tcp_state) {
  return tcp_state == TCP_CONNTRACK_TIME_WAIT || tcp_state == TCP_CONNTRACK_CLOSE;
}

/** What has no NAT is left in the kernel: a host may track many connections and translate none. */
int filter_untranslated(const NetlinkSocket& socket) {
  constexpr uint32_t kWhole = UINT32_MAX;
  sock_filter steps[] = {
      // The first attribute CTA_STATUS after this offset, 0 when there is none (net/core/filter.c, bpf_skb_get_nlattr).
      BPF_STMT(BPF_LD | BPF_IMM, kFirstAttribute),
      BPF_STMT(BPF_LDX | BPF_IMM, CTA_STATUS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_IND, RTA_LENGTH(0)),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, IPS_SRC_NAT | IPS_DST_NAT, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, kWhole),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog program = {sizeof steps / sizeof *steps, steps};
  return setsockopt(socket.fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

}  // namespace

bool Conntrack::translates() const { return memcmp(&before, &after, sizeof before) != 0; }

bool is_conntrack(const nlmsghdr& message) { return (message.nlmsg_type & 0xff00) == kSubsystem; }

bool read_conntrack(const nlmsghdr& message, Conntrack& entry) {
  if (!is_conntrack(message) || message_body<nfgenmsg>(message) == nullptr) return false;
  Tuple original;
  Tuple reply;
  bool is_sound = true;
  entry.is_destroyed = (message.nlmsg_type & 0xff) == IPCTNL_MSG_CT_DELETE;
  is_sound &= each_attribute_after<nfgenmsg>(message, [&](const rtattr& attribute) {
    switch (type_of(attribute)) {
      case CTA_TUPLE_ORIG: is_sound &= read_tuple(attribute, original); break;
      case CTA_TUPLE_REPLY: is_sound &= read_tuple(attribute, reply); break;
      case CTA_ZONE: entry.is_in_zone = is_other_zone(attribute); break;
      case CTA_PROTOINFO: entry.is_over = is_over(tcp_state_of(attribute)); break;
    }
  });
  if (!is_sound || original.ports != 2 || reply.ports != 2) return false;
  entry.is_in_zone |= original.is_in_zone || reply.is_in_zone;
  entry.protocol = original.protocol;
  entry.before = ends_of(original.source, original.source_port, original.destination, original.destination_port);
  entry.after = ends_of(reply.destination, reply.destination_port, reply.source, reply.source_port);
  return true;
}

int join_conntrack(NetlinkSocket& socket) {
  const int error = filter_untranslated(socket);
  if (error != 0) return error;
  for (const uint32_t group : {NFNLGRP_CONNTRACK_NEW, NFNLGRP_CONNTRACK_DESTROY}) {
    const int refused = socket.join(group);
    if (refused != 0) return refused;
  }
  return 0;
}

DumpResult dump_conntrack(NetlinkSocket& socket, const NetlinkSocket::Take& take) {
  const nfgenmsg of_all_families = {AF_UNSPEC, NFNETLINK_V0, 0};
  return socket.dump(kSubsystem | IPCTNL_MSG_CT_GET, &of_all_families, sizeof of_all_families, take);
}
