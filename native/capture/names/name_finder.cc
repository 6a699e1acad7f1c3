#include "name_finder.h"

NameResult NameFinder::find(const Packet& packet, uint64_t time_ns, const NameSink& sink) {
  if (!packet.has_tcp || packet.payload.size() == 0) return find_names(packet, sink);
  if (Beginning* known = beginnings_.find(packet, time_ns)) {
    if (!known->add(packet)) return NameResult::kNone;
    const auto result = look(packet, known->bytes(), known->told, sink);
    if (result != NameResult::kIncomplete || known->is_full()) known->forget();
    return result;
  }
  uint32_t told = 0;
  const auto result = look(packet, packet.payload, told, sink);
  // What was not captured whole cannot be put together.
  const bool is_whole = packet.payload.size() == packet.payload_length;
  if (result == NameResult::kIncomplete && is_whole && packet.payload.size() < Beginning::kCapacity) {
    if (Beginning* kept = beginnings_.keep(packet, time_ns)) kept->told = told;
  }
  return result;
}

/** A kind of name that was told of a connection's beginning is not told again of more of it. */
NameResult NameFinder::look(const Packet& packet, Bytes bytes, uint32_t& told, const NameSink& sink) {
  const uint32_t before = told;
  return find_stream_names(packet.tuple, bytes, [&](const FoundName& name) {
    const uint32_t bit = 1u << name.kind;
    // A stream of DNS answers has many of a kind; whoever counts those that are repeated knows them.
    if (name.address == nullptr && (before & bit)) return;
    told |= bit;
    sink(name);
  });
}
