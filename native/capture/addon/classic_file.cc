#include "classic_file.h"

#include "decoder.h"

namespace {

constexpr uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr uint32_t kNanoseconds = 0xa1b23c4d;
constexpr size_t kVersion = 4;
constexpr size_t kSnaplen = 16;
constexpr size_t kLink = 20;
constexpr uint32_t kVersion24BigEndian = 2 << 16 | 4;
constexpr uint32_t kVersion24LittleEndian = 4 << 16 | 2;

constexpr size_t kRecordHeader = 16;
/** As libpcap's bound; a longer packet is a broken one. */
constexpr uint32_t kLongestPacket = 262'144;
/** Packets are given from it until it has no whole one any more: that little is moved to its front, and it is filled again. */
constexpr size_t kMemory = 1024 * 1024;

uint32_t in_order(uint32_t value, bool is_little) { return is_little ? __builtin_bswap32(value) : value; }

bool is_magic(uint32_t value) { return value == kMicroseconds || value == kNanoseconds; }

}  // namespace

std::unique_ptr<ClassicFile> ClassicFile::recognise(FILE* stream, const Bytes& header) {
  if (!header.has(kHeader)) return nullptr;
  const uint32_t magic = header.u32(0);
  const bool is_little = is_magic(__builtin_bswap32(magic));
  if (!is_little && !is_magic(magic)) return nullptr;
  const uint32_t version = in_order(header.u32(kVersion), is_little);
  if (version != (is_little ? kVersion24LittleEndian : kVersion24BigEndian)) return nullptr;
  // Its upper bits say what checksum frames end with; nobody writes that, and libpcap knows what it means.
  const uint32_t link_type = in_order(header.u32(kLink), is_little);
  if (link_type > UINT16_MAX || !Decoder::knows(file_link_type(link_type))) return nullptr;
  return std::unique_ptr<ClassicFile>(new ClassicFile(stream, header));
}

ClassicFile::ClassicFile(FILE* stream, const Bytes& header)
    : stream_(stream),
      is_little_(!is_magic(header.u32(0))),
      nanoseconds_(u32(header, 0) == kNanoseconds ? 1 : 1000),
      snaplen_(u32(header, kSnaplen) == 0 ? kLongestPacket : u32(header, kSnaplen)),
      link_type_(file_link_type(static_cast<uint16_t>(u32(header, kLink)))),
      memory_(kMemory),
      rest_(memory_.data(), 0) {}

ClassicFile::~ClassicFile() { fclose(stream_); }

bool ClassicFile::filter(const std::string& text, Failure& failure) {
  return filter_.compile(text, link_type_, failure);
}

uint32_t ClassicFile::u32(const Bytes& bytes, size_t at) const { return in_order(bytes.u32(at), is_little_); }

/** True when so many bytes of the file are in memory. */
bool ClassicFile::has(size_t count) {
  if (rest_.has(count)) return true;
  memmove(memory_.data(), rest_.data(), rest_.size());
  const size_t more = fread(memory_.data() + rest_.size(), 1, memory_.size() - rest_.size(), stream_);
  rest_ = Bytes(memory_.data(), rest_.size() + more);
  return rest_.has(count);
}

int ClassicFile::fail(const std::string& why) {
  error_ = why;
  return -1;
}

int ClassicFile::read(int most, const Take& take) {
  for (int count = 0; count < most; count++) {
    if (is_interrupted()) return count;
    if (!has(kRecordHeader)) {
      return rest_.size() == 0 && !ferror(stream_) ? count : fail("it breaks off in the middle of a packet");
    }
    const uint32_t captured = u32(rest_, 8);
    const uint32_t wire_length = u32(rest_, 12);
    const uint64_t time_ns = file_time(u32(rest_, 0), uint64_t{u32(rest_, 4)} * nanoseconds_);
    if (captured > kLongestPacket) return fail("a packet has a length of " + std::to_string(captured) + " bytes");
    if (!has(kRecordHeader + captured)) return fail("it breaks off in the middle of a packet");
    // What a file holds beyond its own limit is no part of the packet.
    const Bytes bytes = rest_.from(kRecordHeader).first(captured < snaplen_ ? captured : snaplen_);
    if (filter_.passes(bytes, wire_length)) take({bytes, wire_length, time_ns, link_type_});
    rest_ = rest_.from(kRecordHeader + captured);
  }
  return most;
}
