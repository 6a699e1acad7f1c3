#include "device_choice.h"

#include <algorithm>

namespace {

/** An interface that has shown nothing for so long is not on the way any more. */
constexpr int32_t kGoneMs = 1000;
constexpr uint64_t kMillisecond = 1'000'000;

/** Every segment may have a host of the address: none yet, or one of its own (RFC 3927, RFC 4291 2.5.6). */
bool is_of_one_segment(const Address& address, uint8_t ip_version) {
  const uint8_t* bytes = address.bytes;
  if (ip_version == 6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) return true;
  const Bytes own = ip_version == 6 ? Bytes(bytes, ADDRESS_LENGTH) : Bytes(bytes + 12, 4);
  if (ip_version == 4 && own.u16(0) == 0xa9fe) return true;
  return std::all_of(own.data(), own.data() + own.size(), [](uint8_t byte) { return byte == 0; });
}

}  // namespace

/** Negative where the clock of packets went back, as it may a little between two interfaces. */
int32_t DeviceChoice::silent_ms(const Choice& choice, uint32_t now_ms) {
  return static_cast<int32_t>(now_ms - choice.shown_ms);
}

bool DeviceChoice::allocate() { return memory_.map(kBuckets * kChoices * sizeof(Choice)); }

bool DeviceChoice::is_repeated(const Packet& packet, uint64_t time_ns) {
  if (is_of_one_segment(packet.tuple.source, packet.tuple.ip_version)) return false;
  int direction;
  // An interface of a VLAN shows packets without the tag that the one below may have shown.
  const FlowKey key = flow_key(packet.tuple, 0, direction);
  const uint64_t hashed = hash(key, seed_);
  const uint64_t mark = (hashed & ~uint64_t{1}) | 2 | static_cast<uint64_t>(direction);
  const auto now_ms = static_cast<uint32_t>(time_ns / kMillisecond);
  auto* bucket = static_cast<Choice*>(memory_.data()) + (hashed >> 32) % kBuckets * kChoices;
  Choice* oldest = bucket;
  for (Choice* choice = bucket; choice < bucket + kChoices; choice++) {
    if (choice->mark == mark) {
      if (choice->device != packet.device && silent_ms(*choice, now_ms) < kGoneMs) return true;
      *choice = {mark, packet.device, now_ms};
      return false;
    }
    if (oldest->mark == 0) continue;
    if (choice->mark == 0 || silent_ms(*choice, now_ms) > silent_ms(*oldest, now_ms)) oldest = choice;
  }
  *oldest = {mark, packet.device, now_ms};
  return false;
}
