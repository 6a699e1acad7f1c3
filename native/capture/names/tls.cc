/** The beginning of a ClientHello (RFC 8446 4.1.2), as much of it as was captured in its first segment. */
#include "found_name.h"

namespace {

constexpr uint16_t kServerName = 0;
constexpr uint16_t kProtocols = 16;

const char* text_of(const Bytes& bytes) { return reinterpret_cast<const char*>(bytes.data()); }

/** Takes a vector with a length of one or two bytes off the front. False: it is not there whole. */
bool take(Bytes& rest, int length_bytes, Bytes& taken) {
  if (!rest.has(length_bytes)) return false;
  const size_t length = length_bytes == 1 ? rest.u8(0) : rest.u16(0);
  rest = rest.from(length_bytes);
  if (!rest.has(length)) return false;
  taken = rest.first(length);
  rest = rest.from(length);
  return true;
}

NameResult tell(name_kind kind, const Bytes& name, const NameSink& sink) {
  if (!is_name(text_of(name), name.size())) return NameResult::kMalformed;
  sink({kind, text_of(name), name.size(), nullptr});
  return NameResult::kFound;
}

NameResult read_server_name(Bytes extension, const NameSink& sink) {
  Bytes list;
  Bytes name;
  if (!take(extension, 2, list) || !list.has(1)) return NameResult::kMalformed;
  // Only host names were ever defined.
  if (list.u8(0) != 0) return NameResult::kNone;
  list = list.from(1);
  return take(list, 2, name) ? tell(NAME_TLS_SERVER, name, sink) : NameResult::kMalformed;
}

/** The first one is what the client likes best. */
NameResult read_protocols(Bytes extension, const NameSink& sink) {
  Bytes list;
  Bytes name;
  if (!take(extension, 2, list) || !take(list, 1, name)) return NameResult::kMalformed;
  return tell(NAME_TLS_PROTOCOL, name, sink);
}

NameResult worse(NameResult one, NameResult other) { return one == NameResult::kNone ? other : one; }

}  // namespace

NameResult find_tls_names(Bytes payload, const NameSink& sink) {
  // Record: type, version, length; handshake: type, length; version, random.
  constexpr size_t kToSession = 5 + 4 + 2 + 32;
  constexpr uint8_t kClientHello = 1;
  if (!payload.has(kToSession) || payload.u8(1) != 3 || payload.u8(5) != kClientHello) return NameResult::kNone;
  Bytes rest = payload.from(kToSession);
  Bytes skipped;
  if (!take(rest, 1, skipped) || !take(rest, 2, skipped) || !take(rest, 1, skipped) || !rest.has(2)) {
    return NameResult::kNone;
  }
  // The extensions' length may go beyond what is here.
  rest = rest.from(2);
  NameResult result = NameResult::kNone;
  while (rest.has(4)) {
    const uint16_t type = rest.u16(0);
    rest = rest.from(2);
    Bytes extension;
    if (!take(rest, 2, extension)) break;
    if (type == kServerName) result = worse(result, read_server_name(extension, sink));
    if (type == kProtocols) result = worse(result, read_protocols(extension, sink));
  }
  return result;
}
