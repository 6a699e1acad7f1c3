/** Answers of DNS (RFC 1035 4) and multicast DNS (RFC 6762) that give a name's addresses. */
#include "found_name.h"

namespace {

constexpr uint16_t kResponse = 0x8000;
constexpr uint16_t kTruncated = 0x0200;
constexpr uint16_t kErrorCode = 0x000f;
constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAaaa = 28;
constexpr uint16_t kTypeAny = 255;
constexpr uint16_t kClassInternet = 1;
/** Of multicast DNS: older answers are void. */
constexpr uint16_t kCacheFlush = 0x8000;
constexpr int kMostAnswers = 64;
/** Of a name: whoever writes one needs one, and those who copy from others' names a few. */
constexpr int kMostPointers = 16;

struct Name {
  char text[NAME_CAPACITY + 1];
  size_t length = 0;
};

/**
 * Reads a name at `at`, which then stands behind it. Pointers have to point further to the front each time, so that no
 * name goes round in circles, and are not many. False: it is cut off or makes no sense.
 */
bool read_name(const Bytes& message, size_t& at, Name& name) {
  size_t place = at;
  size_t lowest = at;
  int pointers = 0;
  for (;;) {
    if (!message.has(place + 1)) return false;
    const uint8_t length = message.u8(place);
    if (length >= 0xc0) {
      if (!message.has(place + 2)) return false;
      const size_t target = message.u16(place) & 0x3fff;
      if (pointers == 0) at = place + 2;
      if (target >= lowest || ++pointers > kMostPointers) return false;
      lowest = target;
      place = target;
      continue;
    }
    if (length > 63) return false;
    place++;
    if (length == 0) break;
    if (!message.has(place + length) || name.length + length + 1 > NAME_CAPACITY) return false;
    if (name.length > 0) name.text[name.length++] = '.';
    memcpy(name.text + name.length, message.data() + place, length);
    name.length += length;
    place += length;
  }
  if (pointers == 0) at = place;
  return true;
}

bool read_address(const Bytes& message, size_t at, uint16_t type, uint16_t length, Address& address) {
  if (type == kTypeA && length == 4) {
    memset(address.bytes, 0, 10);
    memset(address.bytes + 10, 0xff, 2);
    memcpy(address.bytes + 12, message.data() + at, 4);
    return true;
  }
  if (type != kTypeAaaa || length != ADDRESS_LENGTH) return false;
  memcpy(address.bytes, message.data() + at, ADDRESS_LENGTH);
  return true;
}

}  // namespace

NameResult find_dns_answers(Bytes message, const NameSink& sink) {
  if (!message.has(12)) return NameResult::kNone;
  const uint16_t flags = message.u16(2);
  if (!(flags & kResponse) || (flags & (kTruncated | kErrorCode))) return NameResult::kNone;
  const uint16_t questions = message.u16(4);
  const uint16_t answers = message.u16(6);
  if (questions > 1) return NameResult::kMalformed;
  size_t at = 12;
  Name asked;
  bool is_of_asked = false;
  if (questions == 1) {
    if (!read_name(message, at, asked) || !message.has(at + 4)) return NameResult::kMalformed;
    // Whoever asks for something else, services for instance, is told of other hosts' addresses, too.
    const uint16_t type = message.u16(at);
    is_of_asked = type == kTypeA || type == kTypeAaaa || type == kTypeAny;
    at += 4;
  }
  NameResult result = NameResult::kNone;
  for (int i = 0; i < answers && i < kMostAnswers; i++) {
    Name owner;
    if (!read_name(message, at, owner) || !message.has(at + 10)) break;
    const uint16_t type = message.u16(at);
    const uint16_t record_class = message.u16(at + 2) & ~kCacheFlush;
    const uint16_t length = message.u16(at + 8);
    at += 10;
    if (!message.has(at + length)) break;
    Address address;
    if (record_class == kClassInternet && read_address(message, at, type, length, address)) {
      // Whoever asked knows the address by this name, not by those that it stands for in between.
      const Name& name = is_of_asked ? asked : owner;
      if (!is_name(name.text, name.length)) return NameResult::kMalformed;
      sink({NAME_DNS, name.text, name.length, &address});
      result = NameResult::kFound;
    }
    at += length;
  }
  return result;
}

Look find_dns_stream(Bytes payload, const NameSink& sink) {
  constexpr size_t kLength = 2;
  Look look;
  for (Bytes rest = payload; rest.size() > 0;) {
    const size_t needed = kLength + (rest.has(kLength) ? rest.u16(0) : 0);
    if (!rest.has(needed)) {
      look.is_incomplete = true;
      look.needed = look.finished + needed;
      break;
    }
    const auto found = find_dns_answers(rest.first(needed).from(kLength), sink);
    if (found != NameResult::kNone) look.result = found;
    look.finished += needed;
    rest = rest.from(needed);
  }
  return look;
}
