#include "socket_watch.h"

#include <linux/capability.h>
#include <netinet/in.h>

#include <utility>

#include "batch.h"
#include "host.h"

namespace {

/** Enough for one round; the rest waits in the kernel's buffer. */
constexpr size_t kNoticesAtOnce = 16'384;
/** A walk over all open files may take this share of the time at most: one part in so many. */
constexpr int64_t kWalkShare = 32;
/** How often it is asked whether the kernel lists more protocols by now. */
constexpr int64_t kProbeNs = 60'000'000'000;

}  // namespace

SocketWatch::SocketWatch(NetworkNamespaces& namespaces, DiagProtocols& protocols, const std::string& cgroup,
                         RecordWriter& writer, WatchLosses& losses)
    : namespaces_(namespaces),
      protocols_(protocols),
      cgroup_(cgroup),
      writer_(writer),
      losses_(losses),
      sees_others_(has_capability(CAP_SYS_PTRACE)),
      owners_([this](const void* record, size_t size) { writer_.append(record, size); }) {}

SocketTable& SocketWatch::table_of(NetworkNamespace& in) {
  std::unique_ptr<SocketTable>& table = tables_[in.inode];
  if (table == nullptr) {
    table = std::make_unique<SocketTable>(
        in, is_first_,
        SocketTableSurroundings{[this](const void* record, size_t size) { writer_.append(record, size); }, holders_,
                                routes_, known_, losses_.sockets});
  }
  return *table;
}

void SocketWatch::take_notices() {
  for (const auto& [inode, in] : namespaces_.all()) {
    if (in->notices.is_open()) take_notices(*in, table_of(*in));
  }
}

void SocketWatch::take_notices(NetworkNamespace& in, SocketTable& table) {
  if (!in.notices.is_open()) return;
  table.begin_notices();
  losses_.unreadable += in.notices.take_notices(kNoticesAtOnce, [&](const nlmsghdr& message) {
    DiagSocket socket;
    if (!read_destroyed(message, socket)) {
      losses_.unreadable++;
    } else if (socket.is_tcp() || cgroup_.contains(socket.cgroup_id)) {
      table.destroyed(socket);
    }
  });
  const uint64_t dropped = in.notices.dropped();
  losses_.notices += dropped - std::exchange(dropped_[in.inode], dropped);
}

/** False when something may have been missed. */
bool SocketWatch::dump(NetworkNamespace& in, SocketTable& table) {
  bool is_complete = true;
  for (const DiagProtocol* protocol : protocols_.listed()) {
    const bool is_limited = protocol->number != IPPROTO_TCP;
    const auto take = [&](const DiagSocket& found) {
      if (!is_limited || cgroup_.contains(found.cgroup_id)) table.see(found);
    };
    for (const uint32_t states : protocol->states) {
      for (const uint8_t family : {AF_INET, AF_INET6}) {
        const DumpResult result = dump_sockets(in.socket_diag, family, protocol->number, states, take);
        losses_.unreadable += result.unreadable;
        if (result.error != 0) is_complete = false;
      }
    }
  }
  return is_complete;
}

void SocketWatch::leave(const std::vector<uint32_t>& gone) {
  for (const uint32_t inode : gone) {
    const auto table = tables_.find(inode);
    if (table != tables_.end()) {
      table->second->end_all();
      tables_.erase(table);
    }
    dropped_.erase(inode);
  }
}

void SocketWatch::look(bool all_owners) {
  leave(namespaces_.refresh(nanoseconds(CLOCK_MONOTONIC)));
  owners_.begin_look();
  cgroup_.begin_look();
  is_complete_ = true;
  LookResult found;
  for (const auto& [inode, in] : namespaces_.all()) {
    if (!in->socket_diag.is_open()) continue;
    SocketTable& table = table_of(*in);
    take_notices(*in, table);
    table.begin_look();
    const bool is_complete = dump(*in, table);
    // What was destroyed meanwhile tells its end better than that it is missing.
    take_notices(*in, table);
    if (is_complete) table.end_look(found);
    else is_complete_ = false;
  }
  find_owners(found, all_owners);
  for (const auto& [table, socket] : found.begun) {
    if (SocketTable::is_ready(*socket)) table->tell_begin(*socket);
  }
  owners_.tell_exits();
  is_first_ = false;
}

void SocketWatch::sweep() {
  const int64_t now = nanoseconds(CLOCK_MONOTONIC);
  if (now >= next_probe_) {
    if (next_probe_ != 0) protocols_.try_again(namespaces_.own()->socket_diag);
    next_probe_ = now + kProbeNs;
  }
  routes_.forget();
  look(true);
  sweep_record end = {};
  for (const auto& [inode, table] : tables_) table->tell_all(end);
  // A look that broke off says nothing of what is gone.
  if (is_complete_) {
    end.header = {sizeof end, RECORD_VERSION, RECORD_SWEEP, static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
    writer_.append(&end, sizeof end);
  }
  interfaces_.visit([this](const interface_record& record) { writer_.append(&record, sizeof record); });
}

/** Walks over all open files if there is a reason, and it is not too soon. */
void SocketWatch::find_owners(const LookResult& found, bool all) {
  if ((!all && found.unowned.empty()) || nanoseconds(CLOCK_MONOTONIC) < next_walk_) return;
  const int64_t began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  holders_.walk();
  if (!all) {
    for (const auto& [table, socket] : found.unowned) settle(*table, *socket);
  } else {
    for (const auto& [inode, table] : tables_) {
      table->each([this, &table = *table](KnownSocket& socket) {
        if (socket.seen.inode != 0 && socket.part != KnownSocket::Part::ENDED) settle(table, socket);
      });
    }
  }
  next_walk_ = nanoseconds(CLOCK_MONOTONIC) + (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began) * kWalkShare;
}

/** Brings a socket's owner up to date with the last walk. */
void SocketWatch::settle(SocketTable& table, KnownSocket& socket) {
  const SocketHolder* holder = choose_owner(socket);
  owner_fields owner = {};
  const bool is_named = holder != nullptr && owners_.name(*holder, owner);
  // Where other users' processes cannot be seen, the one who made the socket may have it as well.
  if (!is_named || (!sees_others_ && owner.uid != socket.seen.uid)) {
    if (socket.owner_tries < UINT8_MAX) socket.owner_tries++;
    return;
  }
  const bool is_another = owner.pid != socket.owner.pid;
  socket.owner = owner;
  if (is_another) table.tell_owner(socket);
}

/** Who was found to be the owner stays it while it holds the socket, whoever gets it as well. */
const SocketHolder* SocketWatch::choose_owner(const KnownSocket& socket) const {
  const std::vector<SocketHolder>& holders = holders_.of(socket.seen.inode);
  if (socket.owner.evidence != EVIDENCE_NONE) {
    for (const SocketHolder& holder : holders) {
      if (holder.pid == socket.owner.pid) return &holder;
    }
  }
  return owner_among(holders, socket.part == KnownSocket::Part::LISTENING);
}
