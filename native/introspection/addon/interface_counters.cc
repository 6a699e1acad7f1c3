#include "interface_counters.h"

#include <linux/if.h>

#include <vector>

#include "batch.h"
#include "link_message.h"
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
      visit_namespace(*in, take);
    } else if (in->pid != 0) {
      visit_proc_interfaces(in->pid, [&, inode = inode](interface_record& record) {
        record.header = {sizeof record, RECORD_VERSION, RECORD_INTERFACE,
                         static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
        record.netns = inode;
        record.pid = in->pid;
        take(record);
      });
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

void InterfaceCounters::visit_namespace(NetworkNamespace& in, const Take& take) {
  std::vector<LinkMessage> links;
  std::vector<int32_t> peers;
  const auto now = static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC));
  const DumpResult result = dump_links(in.route, [&](LinkMessage& link) {
    if (link.peer_namespace_id >= 0) peers.push_back(link.peer_namespace_id);
    links.push_back(link);
  });
  unreadable_ += result.unreadable;
  namespaces_.name_neighbours(in, peers);
  for (LinkMessage& link : links) {
    interface_record& record = link.record;
    record.header = {sizeof record, RECORD_VERSION, RECORD_INTERFACE, now};
    record.netns = in.inode;
    record.pid = in.pid;
    if (link.peer_namespace_id >= 0) record.peer_netns = in.neighbours[link.peer_namespace_id];
    else if (record.peer_index != 0 && !link.peer_is_elsewhere) record.peer_netns = in.inode;
    add_speed(in, record);
    take(record);
  }
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
