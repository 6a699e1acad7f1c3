#include "device_choice.h"

namespace {

/** An interface that has shown nothing for so long is not on the way any more. */
constexpr uint32_t kGoneMs = 1000;
constexpr uint64_t kMillisecond = 1'000'000;

}  // namespace

bool DeviceChoice::allocate() { return memory_.map(kBuckets * kChoices * sizeof(Choice)); }

bool DeviceChoice::is_repeated(const Packet& packet, uint64_t time_ns) {
  int direction;
  const FlowKey key = flow_key(packet.tuple, packet.vlan, direction);
  const uint64_t hashed = hash(key, seed_);
  const uint64_t mark = (hashed & ~uint64_t{1}) | 2 | static_cast<uint64_t>(direction);
  const auto now_ms = static_cast<uint32_t>(time_ns / kMillisecond);
  auto* bucket = static_cast<Choice*>(memory_.data()) + (hashed >> 32) % kBuckets * kChoices;
  Choice* oldest = bucket;
  for (Choice* choice = bucket; choice < bucket + kChoices; choice++) {
    if (choice->mark == mark) {
      // Clocks of packets may go back a little between two interfaces.
      const auto silent_ms = static_cast<int32_t>(now_ms - choice->shown_ms);
      if (choice->device != packet.device && silent_ms < static_cast<int32_t>(kGoneMs)) return true;
      *choice = {mark, packet.device, now_ms};
      return false;
    }
    if (oldest->mark == 0) continue;
    if (choice->mark == 0 || now_ms - choice->shown_ms > now_ms - oldest->shown_ms) oldest = choice;
  }
  *oldest = {mark, packet.device, now_ms};
  return false;
}
