#include "name_finder.h"

NameResult NameFinder::find(const Packet& packet, uint64_t time_ns, const NameSink& sink) {
  if (!packet.has_tcp || packet.payload.size() == 0) return find_names(packet, sink);
  if (Beginning* known = beginnings_.find(packet, time_ns)) return go_on(*known, packet, time_ns, sink);
  uint32_t told = 0;
  const Look look = look_at(packet, packet.payload, 0, told, sink);
  if (!look.is_incomplete && !look.is_too_long) return look.result;
  // What was not captured whole cannot be put together.
  const bool is_whole = packet.payload.size() == packet.payload_length;
  if (look.is_too_long || !is_whole || packet.payload.size() - look.finished >= Beginning::kCapacity) {
    beginnings_.give_up(nullptr);
  } else if (Beginning* kept = beginnings_.keep(packet, look, time_ns)) {
    kept->told = told;
  }
  return look.result;
}

/** As often as a part of the segment takes the room of what was finished. */
NameResult NameFinder::go_on(Beginning& beginning, const Packet& packet, uint64_t time_ns, const NameSink& sink) {
  NameResult result = NameResult::kNone;
  for (;;) {
    const auto added = beginning.add(packet);
    if (added == Beginning::Added::kNoRoom) beginnings_.give_up(&beginning);
    if (added != Beginning::Added::kMore || !beginning.is_worth_a_look()) break;
    const Look look = look_at(packet, beginning.bytes(), beginning.finished(), beginning.told, sink);
    if (look.result != NameResult::kNone) result = look.result;
    beginnings_.go_on(beginning, look, time_ns);
    if (!beginning.is_kept()) break;
  }
  return result;
}

/** A kind of name that was told of a connection's beginning is not told again of more of it. */
Look NameFinder::look_at(const Packet& packet, Bytes bytes, size_t finished, uint32_t& told, const NameSink& sink) {
  const uint32_t before = told;
  return find_stream_names(packet.tuple, bytes, finished, [&](const FoundName& name) {
    const uint32_t bit = 1u << name.kind;
    // A stream of DNS answers has many of a kind; whoever counts those that are repeated knows them.
    if (name.address == nullptr && (before & bit)) return;
    told |= bit;
    sink(name);
  });
}
