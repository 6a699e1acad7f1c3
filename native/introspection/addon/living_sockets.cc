#include "living_sockets.h"

#include <algorithm>
#include <utility>

#include "batch.h"
#include "loaded_programs.h"

namespace {

/** For listeners that are new and were left out. */
constexpr int kMostVisits = 3;

uint64_t now() { return static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC)); }

void append(const void* record, size_t size, LookAtSockets& to) {
  const auto* from = static_cast<const uint8_t*>(record);
  to.records.insert(to.records.end(), from, from + size);
}

}  // namespace

LookAtSockets LivingSockets::look(LoadedPrograms& programs) {
  LookAtSockets found;
  found.packet_sockets.time_ns = now();
  Cookies listening;
  if (!list(programs, listening, found.packet_sockets.cookies)) return found;
  Listeners seen;
  const auto take = [&](const void* record, size_t size) {
    const uint16_t kind = static_cast<const record_header*>(record)->kind;
    if (kind == RECORD_LISTENER) {
      const auto& listener = *static_cast<const listener_record*>(record);
      if (!seen.emplace(listener.socket.cookie, listener).second) return;
      found.listeners++;
    } else {
      found.conversations++;
      found.has_ownerless = found.has_ownerless ||
                            (kind == RECORD_ACCEPT &&
                             static_cast<const tcp_record*>(record)->owner.evidence == EVIDENCE_NONE);
    }
    append(record, size, found);
  };
  const auto is_known_here = [&](uint64_t cookie) { return is_known(cookie, seen); };
  for (int visits = 0; visits < kMostVisits; visits++) {
    if (!programs.visit_living_sockets(take).is_complete) return found;
    if (std::all_of(listening.begin(), listening.end(), is_known_here)) break;
  }
  for (const uint64_t cookie : listening) {
    const auto before = last_.find(cookie);
    if (before == last_.end() || !seen.insert(*before).second) continue;
    listener_record again = before->second;
    again.header.time_ns = now();
    append(&again, sizeof again, found);
    found.listeners++;
  }
  last_ = std::move(seen);
  found.is_complete = true;
  return found;
}

bool LivingSockets::list(LoadedPrograms& programs, Cookies& listening, Cookies& packet_sockets) {
  const SocketVisit visit = programs.visit_waiting_sockets([&](uint64_t cookie) {
    if ((cookie & WAITS_FOR_PACKETS) != 0) packet_sockets.insert(cookie & ~WAITS_FOR_PACKETS);
    else listening.insert(cookie);
  });
  if (!visit.is_complete) return false;
  Cookies doubted;
  if (visit.parts > 1) {
    for (const auto& [cookie, listener] : last_) keep_once(cookie, listening, doubted);
    for (const uint64_t cookie : last_packet_sockets_) keep_once(cookie, packet_sockets, doubted);
  }
  doubted_ = std::move(doubted);
  last_packet_sockets_ = packet_sockets;
  return true;
}

/** A list in more than one part may miss something; what two in a row miss is gone. */
void LivingSockets::keep_once(uint64_t cookie, Cookies& listed, Cookies& doubted) const {
  if (doubted_.count(cookie) == 0 && listed.insert(cookie).second) doubted.insert(cookie);
}

bool LivingSockets::is_known(uint64_t cookie, const Listeners& seen) const {
  return seen.count(cookie) != 0 || last_.count(cookie) != 0;
}
