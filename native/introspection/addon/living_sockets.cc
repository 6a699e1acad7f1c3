#include "living_sockets.h"

#include <algorithm>
#include <cstring>

#include "batch.h"

namespace {

/** Under a storm of ending connections one look in five misses something. */
constexpr int kMostVisits = 4;

uint64_t now() { return static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC)); }

void append(const void* record, size_t size, LookAtSockets& to) {
  const auto* from = static_cast<const uint8_t*>(record);
  to.records.insert(to.records.end(), from, from + size);
}

}  // namespace

LookAtSockets LivingSockets::look(LoadedPrograms& programs) {
  LookAtSockets found;
  found.packet_sockets.time_ns = now();
  Waiting waiting;
  bool may_miss = true;
  for (int visits = 0; may_miss && visits < kMostVisits; visits++) {
    const SocketVisit visited = visit(programs, waiting, found);
    if (!visited.is_complete) return found;
    may_miss = visited.parts > 1 && misses(waiting);
  }
  if (may_miss) add_missed(waiting, found);
  else missed_.clear();
  found.is_complete = true;
  found.packet_sockets.cookies = waiting.packet_sockets;
  last_ = std::move(waiting);
  return found;
}

SocketVisit LivingSockets::visit(LoadedPrograms& programs, Waiting& waiting, LookAtSockets& found) const {
  return programs.visit_living_sockets([&](const void* record, size_t size) {
    switch (static_cast<const record_header*>(record)->kind) {
      case RECORD_PACKET_SOCKET:
        waiting.packet_sockets.insert(static_cast<const datagram_socket_record*>(record)->cookie);
        return;
      case RECORD_LISTENER: {
        const auto& listener = *static_cast<const listener_record*>(record);
        // Where sockets are added meanwhile, some are met twice.
        if (!waiting.listeners.emplace(listener.socket.cookie, listener).second) return;
        found.listeners++;
        break;
      }
      default:
        found.conversations++;
    }
    append(record, size, found);
  });
}

bool LivingSockets::misses(const Waiting& waiting) const {
  const auto& sockets = last_.packet_sockets;
  const auto& listeners = last_.listeners;
  return std::any_of(sockets.begin(), sockets.end(),
                     [&](uint64_t cookie) { return waiting.packet_sockets.count(cookie) == 0; }) ||
         std::any_of(listeners.begin(), listeners.end(),
                     [&](const auto& entry) { return waiting.listeners.count(entry.first) == 0; });
}

void LivingSockets::add_missed(Waiting& waiting, LookAtSockets& found) {
  std::unordered_set<uint64_t> missed;
  for (const uint64_t cookie : last_.packet_sockets) {
    if (missed_.count(cookie) == 0 && waiting.packet_sockets.insert(cookie).second) missed.insert(cookie);
  }
  for (const auto& [cookie, listener] : last_.listeners) {
    if (missed_.count(cookie) != 0 || waiting.listeners.count(cookie) != 0) continue;
    listener_record again = listener;
    again.header.time_ns = now();
    waiting.listeners.emplace(cookie, again);
    append(&again, sizeof again, found);
    found.listeners++;
    missed.insert(cookie);
  }
  missed_ = std::move(missed);
}
