/** A ClientHello (RFC 8446 4.1.2), as much of it as there is. */
#include "found_name.h"

namespace {

constexpr uint8_t kHandshakeRecord = 0x16;
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

/** The bytes of a handshake, which may be cut into several records (RFC 8446 5.1). */
class Handshake {
 public:
  /** `records`: from the first one on. */
  explicit Handshake(Bytes records) {
    const size_t length = records.u16(3);
    bytes_ = records.from(kRecordHeader).first(length);
    needed_ = records.size() + missing();
    if (!is_whole() && records.has(kRecordHeader + length)) gather(records);
  }

  const Bytes& bytes() const { return bytes_; }
  bool is_hello() const { return bytes_.has(kHeader) && bytes_.u8(0) == kClientHello; }
  bool is_whole() const { return missing() == 0; }
  size_t length() const { return kHeader + bytes_.u24(1); }
  /** Of all records, so that it can be whole. */
  size_t needed() const { return needed_; }

  static constexpr size_t kRecordHeader = 5;
  /** Type, length. */
  static constexpr size_t kHeader = 4;

 private:
  static constexpr uint8_t kClientHello = 1;
  static constexpr size_t kLongest = 8192;

  /** As far as it is known by now how long it is. */
  size_t missing() const {
    const size_t whole = bytes_.has(kHeader) ? length() : kHeader;
    return bytes_.has(whole) ? 0 : whole - bytes_.size();
  }

  void gather(const Bytes& all) {
    size_t size = 0;
    bool is_cut = false;
    Bytes records = all;
    while (records.has(kRecordHeader) && records.u8(0) == kHandshakeRecord && size < kLongest) {
      const size_t part_length = records.u16(3);
      const Bytes part = records.from(kRecordHeader).first(part_length).first(kLongest - size);
      memcpy(gathered_ + size, part.data(), part.size());
      size += part.size();
      is_cut = !records.has(kRecordHeader + part_length);
      records = records.from(kRecordHeader + part_length);
    }
    bytes_ = Bytes(gathered_, size);
    // What is missing comes behind another header, unless it is of a record that has begun.
    const size_t needed = all.size() - records.size() + missing() + (is_cut ? 0 : kRecordHeader);
    // Behind a record of another kind nobody knows.
    needed_ = needed > all.size() ? needed : all.size() + 1;
  }

  Bytes bytes_;
  size_t needed_;
  uint8_t gathered_[kLongest];
};

/** Up to its extensions, whose length may go beyond what is here. False: they are not here. */
bool skip_to_extensions(Bytes& rest) {
  // Version, random.
  constexpr size_t kToSession = 2 + 32;
  Bytes skipped;
  rest = rest.from(Handshake::kHeader + kToSession);
  if (!take(rest, 1, skipped) || !take(rest, 2, skipped) || !take(rest, 1, skipped) || !rest.has(2)) return false;
  rest = rest.from(2);
  return true;
}

}  // namespace

Look find_tls_names(Bytes payload, const NameSink& sink) {
  if (!payload.has(Handshake::kRecordHeader)) return {NameResult::kNone, true, false, 0, Handshake::kRecordHeader};
  if (payload.u8(1) != 3 || payload.u16(3) == 0) return {};
  const Handshake handshake(payload);
  Look look = {NameResult::kNone, !handshake.is_whole(), false, 0, handshake.needed()};
  if (!handshake.bytes().has(Handshake::kHeader)) return look;
  if (!handshake.is_hello()) return {};
  Bytes rest = handshake.bytes().first(handshake.length());
  if (!skip_to_extensions(rest)) return look;
  int found = 0;
  while (rest.has(4)) {
    const uint16_t type = rest.u16(0);
    rest = rest.from(2);
    Bytes extension;
    if (!take(rest, 2, extension)) break;
    if (type != kServerName && type != kProtocols) continue;
    const auto told = type == kServerName ? read_server_name(extension, sink) : read_protocols(extension, sink);
    if (told == NameResult::kMalformed) return {told};
    // Both are there: what may come is of no interest.
    if (++found == 2) return {NameResult::kFound};
    if (told == NameResult::kFound) look.result = told;
  }
  return look;
}
