#include "application_detection.h"

#include <new>

#include "plain_packet.h"

namespace {

/** With payload. Later ones tell nothing new of nearly all protocols, and cost as much as the first. */
constexpr uint32_t kMostPackets = 10;
/** Nothing came for so long: the flow gives its place to another one. */
constexpr uint64_t kQuietNs = 2'000'000'000;
constexpr uint32_t kSecondsMask = (1u << 30) - 1;

bool has_flag(const Packet& packet, uint8_t flags) { return packet.has_tcp && (packet.tcp_flags & flags) != 0; }

}  // namespace

ApplicationDetection::~ApplicationDetection() {
  end_all();
  if (detector_ != nullptr) library_.close(detector_);
}

bool ApplicationDetection::open() {
  places_.reset(new (std::nothrow) Place[kMostFlows]());
  marks_.reset(new (std::nothrow) Mark[kMarks]());
  if (places_ == nullptr || marks_ == nullptr) return false;
  detector_ = library_.open();
  return detector_ != nullptr;
}

bool ApplicationDetection::look(const Packet& packet, uint64_t time_ns, ApplicationName& name) {
  if (packet.is_fragment || (!packet.has_tcp && packet.tuple.protocol != protocol::kUdp)) return false;
  const bool begins = has_flag(packet, tcp_flag::kSyn);
  const bool ends = has_flag(packet, tcp_flag::kFin | tcp_flag::kRst);
  const bool has_payload = packet.payload.size() != 0;
  if (!begins && !ends && !has_payload) return false;
  int direction;
  const uint64_t flow_hash = hash(flow_key(packet.tuple, packet.vlan, direction), seed_);
  Mark& mark = mark_of(packet, flow_hash, time_ns);
  if (begins && mark.progress != kLooking) mark.progress = kBegun;
  Place* place = mark.progress == kLooking ? find(flow_hash) : nullptr;
  const bool may_begin = mark.progress == kNew || mark.progress == kBegun;
  if (place == nullptr && may_begin && has_payload) {
    place = begin(flow_hash, time_ns);
    mark.progress = place == nullptr ? kDone : kLooking;
  }
  if (place == nullptr) return false;

  name.id = 0;
  bool is_over = has_payload && !take(*place, packet, time_ns, name);
  if (!is_over && ends) {
    library_.give_up(detector_, place->flow, &name);
    is_over = true;
  }
  const bool is_news = name.id != 0 && name.id != place->told;
  if (is_news && place->told == 0) counts_.recognized++;
  if (is_news) place->told = name.id;
  if (is_over) {
    mark.progress = kDone;
    end(*place);
  }
  return is_news;
}

/** False: more packets would tell no more. */
bool ApplicationDetection::take(Place& place, const Packet& packet, uint64_t time_ns, ApplicationName& name) {
  uint8_t plain[kMostHeader + kMostPayload];
  const size_t length = write_plain_packet(packet, plain);
  place.last_ns = time_ns;
  place.packets++;
  const uint64_t time_ms = time_ns / 1'000'000;
  if (!library_.look(detector_, place.flow, plain, static_cast<uint16_t>(length), time_ms, &name)) return false;
  if (place.packets < kMostPackets) return true;
  if (name.id == 0) library_.give_up(detector_, place.flow, &name);
  return false;
}

/**
 * A flow takes the mark of another one, and is new. In the middle of a connection it is so only where it displaces nobody that
 * is alive: two that share a mark would else be looked at again with every packet.
 */
ApplicationDetection::Mark& ApplicationDetection::mark_of(const Packet& packet, uint64_t hash, uint64_t time_ns) {
  Mark& mark = marks_[hash % kMarks];
  const uint32_t now = static_cast<uint32_t>(time_ns / 1'000'000'000) & kSecondsMask;
  const uint32_t silence = (now - mark.seconds) & kSecondsMask;
  // Times may go back a little, which looks like a silence of many years.
  const bool is_quiet = silence > idle_s_ && silence < kSecondsMask / 2;
  const bool is_free = mark.progress == kNew || is_quiet;
  const auto rest = static_cast<uint32_t>(hash >> 32);
  if (mark.hash != rest) mark = {rest, now, packet.has_tcp && !is_free ? kDone : kNew};
  else if (is_quiet && !packet.has_tcp) mark.progress = kNew;
  mark.seconds = now;
  return mark;
}

ApplicationDetection::Place* ApplicationDetection::find(uint64_t hash) {
  Place* set = set_of(hash);
  for (size_t i = 0; i < kWays; i++) {
    if (set[i].flow != nullptr && set[i].hash == hash) return &set[i];
  }
  return nullptr;
}

/** One whose application is known already gives way at any time. */
uint64_t ApplicationDetection::held_until(const Place& place) {
  return place.told != 0 ? 0 : place.last_ns + kQuietNs;
}

/** Null: it is crowded out. */
ApplicationDetection::Place* ApplicationDetection::begin(uint64_t hash, uint64_t time_ns) {
  counts_.flows++;
  Place* set = set_of(hash);
  Place* chosen = set;
  for (size_t i = 0; i < kWays && chosen->flow != nullptr; i++) {
    if (set[i].flow == nullptr || held_until(set[i]) < held_until(*chosen)) chosen = &set[i];
  }
  const bool is_busy = chosen->flow != nullptr && time_ns < held_until(*chosen);
  if (!is_busy && allowed_ > 0) {
    if (chosen->flow != nullptr) end(*chosen);
    *chosen = {hash, time_ns, library_.begin(), 0, 0};
    allowed_--;
    if (chosen->flow != nullptr) return chosen;
  }
  counts_.crowded_out++;
  return nullptr;
}

void ApplicationDetection::end(Place& place) {
  if (place.told == 0) counts_.unknown++;
  library_.end(place.flow);
  place = {};
}

void ApplicationDetection::end_all() {
  for (size_t i = 0; places_ != nullptr && i < kMostFlows; i++) {
    if (places_[i].flow != nullptr) end(places_[i]);
  }
}
