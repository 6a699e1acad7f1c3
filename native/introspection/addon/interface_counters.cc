#include "interface_counters.h"

#include <linux/if.h>

#include <vector>

#include "batch.h"
#include "link_speed.h"
#include "proc_interfaces.h"

namespace {

/** Auto-negotiation may change a speed without the link having gone down in between. */
constexpr int64_t kSpeedAgeNs = 60'000'000'000;

uint64_t key_of(const interface_record& record) { return static_cast<uint64_t>(record.netns) << 32 | record.index; }

}  // namespace

void InterfaceCounters::visit(const Take& take) {
  for (const auto& [inode, in] : namespaces_.all()) {
    if (in->route.is_open()) {
      visit_links(*in, -1, *in, take);
    } else {
      visit_unentered(*in, take);
    }
  }
  for (auto it = speeds_.begin(); it != speeds_.end();) {
    if (it->second.seen) {
      it->second.seen = false;
      ++it;
    } else {
      it = speeds_.erase(it);
    }
  }
}

/** Asks the own namespace for those of the other; where that is not allowed, a process in there shows some of it. */
void InterfaceCounters::visit_unentered(const NetworkNamespace& in, const Take& take) {
  NetworkNamespace* own = namespaces_.own();
  const NamespaceId name = namespaces_.name_in_own(in);
  if (own != nullptr && name.id >= 0 && visit_links(*own, name.id, in, take).error == 0) return;
  if (in.pid == 0) return;
  visit_proc_interfaces(in.pid, [&](interface_record& record) {
    record.header = {sizeof record, RECORD_VERSION, RECORD_INTERFACE,
                     static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
    record.netns = in.inode;
    record.pid = in.pid;
    take(record);
  });
}

DumpResult InterfaceCounters::visit_links(NetworkNamespace& asked, int32_t id, const NetworkNamespace& in,
                                          const Take& take) {
  std::vector<LinkMessage> links;
  std::vector<int32_t> peers;
  const auto now = static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC));
  const DumpResult result = dump_links(asked.route, id, [&](LinkMessage& link) {
    if (link.peer_namespace_id >= 0) peers.push_back(link.peer_namespace_id);
    links.push_back(link);
  });
  unreadable_ += result.unreadable;
  if (result.error != 0 && links.empty()) return result;
  // Also when it was asked for another, a namespace calls all others by its own names.
  namespaces_.name_neighbours(asked, peers);
  for (LinkMessage& link : links) {
    interface_record& record = link.record;
    record.header = {sizeof record, RECORD_VERSION, RECORD_INTERFACE, now};
    record.netns = in.inode;
    record.pid = in.pid;
    if (link.peer_namespace_id >= 0) record.peer_netns = asked.neighbours[link.peer_namespace_id];
    else if (record.peer_index != 0 && !link.peer_is_elsewhere) record.peer_netns = in.inode;
    if (id < 0) add_speed(in, record);
    else add_known_speed(link, record);
    take(record);
  }
  return {};
}

/**
 * The driver of veth always says the same (drivers/net/veth.c, veth_get_link_ksettings). Others must be asked inside,
 * and to enter takes CAP_SYS_ADMIN for as long as the agent runs: their speed stays unknown.
 */
void InterfaceCounters::add_known_speed(const LinkMessage& link, interface_record& record) {
  if (!link.is_veth || (record.flags & IFF_RUNNING) == 0) return;
  record.speed_bps = 10'000'000'000;
  record.duplex = DUPLEX_FULL;
}

void InterfaceCounters::add_speed(const NetworkNamespace& in, interface_record& record) {
  Speed& speed = speeds_[key_of(record)];
  const auto now = static_cast<int64_t>(record.header.time_ns);
  // Drivers have nothing to say of loopback, or of what is down.
  const bool has_link = (record.flags & IFF_LOOPBACK) == 0 && (record.flags & IFF_RUNNING) != 0;
  const bool changed = speed.flags != record.flags || speed.oper_state != record.oper_state;
  if (has_link && (changed || speed.read_at == 0 || now - speed.read_at > kSpeedAgeNs)) {
    const LinkSpeed read = read_link_speed(in.route.fd(), record.name);
    speed.bits_per_second = read.bits_per_second;
    speed.duplex = read.duplex;
    speed.read_at = now;
  }
  if (!has_link) speed = {};
  speed.flags = record.flags;
  speed.oper_state = record.oper_state;
  speed.seen = true;
  record.speed_bps = speed.bits_per_second;
  record.duplex = speed.duplex;
}
