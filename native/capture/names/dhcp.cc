/** What a host calls itself when it asks for an address (RFC 2131, RFC 2132 3.14, 9.1). */
#include "found_name.h"

namespace {

constexpr size_t kClientAddress = 12;
constexpr size_t kYourAddress = 16;
constexpr size_t kCookie = 236;
constexpr uint32_t kMagicCookie = 0x63825363;

constexpr uint8_t kPad = 0;
constexpr uint8_t kHostName = 12;
constexpr uint8_t kRequestedAddress = 50;
constexpr uint8_t kMessageType = 53;
constexpr uint8_t kEnd = 255;

constexpr uint8_t kRequest = 3;
constexpr uint8_t kAcknowledge = 5;
constexpr uint8_t kInform = 8;

}  // namespace

NameResult find_dhcp_host(Bytes message, const NameSink& sink) {
  if (!message.has(kCookie + 4) || message.u32(kCookie) != kMagicCookie) return NameResult::kNone;
  Bytes name;
  Bytes requested;
  uint8_t type = 0;
  for (Bytes rest = message.from(kCookie + 4); rest.has(1) && rest.u8(0) != kEnd;) {
    if (rest.u8(0) == kPad) {
      rest = rest.from(1);
      continue;
    }
    if (!rest.has(2) || !rest.has(2 + rest.u8(1))) break;
    const Bytes value = rest.from(2).first(rest.u8(1));
    if (rest.u8(0) == kHostName) name = value;
    if (rest.u8(0) == kRequestedAddress && value.size() == 4) requested = value;
    if (rest.u8(0) == kMessageType && value.size() == 1) type = value.u8(0);
    rest = rest.from(2 + value.size());
  }
  const bool has_address = type == kRequest || type == kAcknowledge || type == kInform;
  if (name.size() == 0 || !has_address) return NameResult::kNone;
  // Granted, in use already, or asked for.
  const uint8_t* held = message.data() + (type == kAcknowledge ? kYourAddress : kClientAddress);
  if (type == kRequest && requested.size() == 4) held = requested.data();
  Address address = {};
  memset(address.bytes + 10, 0xff, 2);
  memcpy(address.bytes + 12, held, 4);
  if (held[0] == 0) return NameResult::kNone;
  const auto* text = reinterpret_cast<const char*>(name.data());
  // Some end it with a NUL.
  const size_t length = text[name.size() - 1] == 0 ? name.size() - 1 : name.size();
  if (!is_name(text, length)) return NameResult::kMalformed;
  sink({NAME_DHCP, text, length, &address});
  return NameResult::kFound;
}
