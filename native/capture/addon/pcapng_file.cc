#include "pcapng_file.h"

namespace {

constexpr uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr uint32_t kInterfaceDescription = 1;
constexpr uint32_t kObsoletePacket = 2;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kEnhancedPacket = 6;

constexpr uint32_t kLittleMagic = 0x4d3c2b1a;
constexpr uint32_t kBigMagic = 0x1a2b3c4d;

constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kTimeResolution = 9;
constexpr uint16_t kTimeOffset = 14;

/** Type, length, and the length again behind the body. */
constexpr uint32_t kFrame = 12;
/** As libpcap's bound; a longer block is a broken one. */
constexpr uint32_t kLongestBlock = 16 * 1024 * 1024;
/** Comments, keys of TLS: whoever opens the file waits for it. */
constexpr size_t kMostBeforeInterface = 2 * kLongestBlock;
constexpr size_t kMostInterfaces = 65536;
constexpr uint64_t kSecond = 1'000'000'000;

}  // namespace

PcapngFile::~PcapngFile() { fclose(stream_); }

uint16_t PcapngFile::u16(const Bytes& bytes, size_t at) const {
  const uint16_t value = bytes.u16(at);
  return is_little_ ? __builtin_bswap16(value) : value;
}

uint32_t PcapngFile::u32(const Bytes& bytes, size_t at) const {
  const uint32_t value = bytes.u32(at);
  return is_little_ ? __builtin_bswap32(value) : value;
}

bool PcapngFile::open(const std::string& path, Failure& failure) {
  for (size_t before = 0; interfaces_.empty(); before += length_) {
    if (before > kMostBeforeInterface) {
      failure = {"FORMAT", path + " is not a capture file that can be read: it describes no interface at its beginning."};
      return false;
    }
    const Step taken = step([](const FilePacket&) {});
    if (taken == Step::kEnd) break;
    if (taken != Step::kError) continue;
    failure = filter_failure_;
    if (failure.code.empty()) failure = {"FORMAT", path + " is not a capture file that can be read: " + error_ + "."};
    return false;
  }
  return true;
}

int PcapngFile::read(int most, const Take& take) {
  for (int count = 0; count < most; count++) {
    if (is_interrupted()) return count;
    const Step taken = step(take);
    if (taken == Step::kEnd) return count;
    if (taken == Step::kError) return -1;
  }
  return most;
}

/** One block. */
PcapngFile::Step PcapngFile::step(const Take& take) {
  if (!read_header()) return error_.empty() ? Step::kEnd : Step::kError;
  if (!read_body()) return Step::kError;
  switch (type_) {
    case kSectionHeader:
      return read_version() ? Step::kRead : Step::kError;
    case kInterfaceDescription:
      return read_interface() ? Step::kRead : Step::kError;
    case kEnhancedPacket:
      return read_enhanced(take);
    case kObsoletePacket:
      return read_obsolete(take);
    case kSimplePacket:
      return read_simple(take);
    default:
      return Step::kRead;
  }
}

PcapngFile::Step PcapngFile::fail(const std::string& why) {
  error_ = why;
  return Step::kError;
}

/** False without an error: the file ends here, as it should. */
bool PcapngFile::read_header() {
  uint8_t header[8];
  const size_t count = fread(header, 1, sizeof header, stream_);
  if (count < sizeof header) {
    if (count > 0 || ferror(stream_)) error_ = "it breaks off in the middle of a block";
    return false;
  }
  const Bytes bytes(header, sizeof header);
  type_ = u32(bytes, 0);
  // Reads the same in both orders, and says in which one the section is; its length can be read only then.
  if (type_ == kSectionHeader && !read_section()) return false;
  length_ = u32(bytes, 4);
  return true;
}

/** The byte-order magic behind the header. */
bool PcapngFile::read_section() {
  uint8_t magic[4];
  if (fread(magic, sizeof magic, 1, stream_) != 1) {
    error_ = "it breaks off in the middle of a block";
    return false;
  }
  const uint32_t value = Bytes(magic, sizeof magic).u32(0);
  if (value != kLittleMagic && value != kBigMagic) {
    error_ = "a section has no byte order";
    return false;
  }
  is_little_ = value == kLittleMagic;
  interfaces_.clear();
  return true;
}

bool PcapngFile::read_body() {
  // Of a section the magic was read already.
  const uint32_t already = type_ == kSectionHeader ? 4 : 0;
  if (length_ < kFrame + already || length_ > kLongestBlock || length_ % 4 != 0) {
    error_ = "a block has a length of " + std::to_string(length_) + " bytes";
    return false;
  }
  const uint32_t left = length_ - 8 - already;
  if (memory_.size() < left) memory_.resize(left);
  if (fread(memory_.data(), 1, left, stream_) != left) {
    error_ = "it breaks off in the middle of a block";
    return false;
  }
  const Bytes all(memory_.data(), left);
  if (u32(all, left - 4) != length_) {
    error_ = "the two lengths of a block differ";
    return false;
  }
  body_ = all.first(left - 4);
  return true;
}

/** Behind the magic. Minor version 2 was never anything else than 0. */
bool PcapngFile::read_version() {
  if (!body_.has(4)) {
    error_ = "a section's header is too short";
    return false;
  }
  const int major = u16(body_, 0);
  const int minor = u16(body_, 2);
  if (major == 1 && (minor == 0 || minor == 2)) return true;
  error_ = "a section is of version " + std::to_string(major) + "." + std::to_string(minor) + ", and 1.0 is understood";
  return false;
}

bool PcapngFile::read_interface() {
  if (!body_.has(8) || interfaces_.size() == kMostInterfaces) {
    error_ = "the description of an interface makes no sense";
    return false;
  }
  Interface interface = {file_link_type(u16(body_, 0)), u32(body_, 4), 1'000'000, 0, {}};
  if (!read_options(interface, body_.from(8))) return false;
  // What a filter means depends on the link.
  if (!interface.filter.compile(filter_, interface.link_type, filter_failure_)) {
    error_ = filter_failure_.message;
    return false;
  }
  interfaces_.push_back(std::move(interface));
  return true;
}

bool PcapngFile::read_options(Interface& interface, Bytes options) {
  while (options.has(4)) {
    const uint16_t code = u16(options, 0);
    const uint16_t length = u16(options, 2);
    if (code == kEndOfOptions) break;
    options = options.from(4);
    if (!options.has(length)) break;
    if (code == kTimeResolution && length >= 1) {
      // Powers of ten, or of two with the highest bit.
      const int power = options.u8(0) & 0x7f;
      const bool is_binary = (options.u8(0) & 0x80) != 0;
      if (power > (is_binary ? 62 : 18)) {
        error_ = "an interface counts time finer than anybody can";
        return false;
      }
      interface.ticks = 1;
      for (int i = 0; i < power; i++) interface.ticks *= is_binary ? 2 : 10;
    }
    if (code == kTimeOffset && length >= 8) {
      const uint64_t high = u32(options, is_little_ ? 4 : 0);
      interface.offset_s = static_cast<int64_t>(high << 32 | u32(options, is_little_ ? 0 : 4));
    }
    options = options.from((length + 3u) & ~3u);
  }
  return true;
}

PcapngFile::Step PcapngFile::read_enhanced(const Take& take) {
  if (!body_.has(20)) return fail("a packet's block is too short");
  const uint64_t time = static_cast<uint64_t>(u32(body_, 4)) << 32 | u32(body_, 8);
  return give(u32(body_, 0), time, u32(body_, 12), u32(body_, 16), body_.from(20), take);
}

PcapngFile::Step PcapngFile::read_obsolete(const Take& take) {
  if (!body_.has(20)) return fail("a packet's block is too short");
  const uint64_t time = static_cast<uint64_t>(u32(body_, 4)) << 32 | u32(body_, 8);
  return give(u16(body_, 0), time, u32(body_, 12), u32(body_, 16), body_.from(20), take);
}

/** Has neither a time nor a length of its own: it came when the one before came, and is cut off where its interface does it. */
PcapngFile::Step PcapngFile::read_simple(const Take& take) {
  if (!body_.has(4) || interfaces_.empty()) return fail("a packet is of an interface that is not described");
  const uint32_t wire_length = u32(body_, 0);
  const Bytes data = body_.from(4);
  const uint32_t snaplen = interfaces_[0].snaplen;
  uint32_t captured = snaplen != 0 && snaplen < wire_length ? snaplen : wire_length;
  if (captured > data.size()) captured = static_cast<uint32_t>(data.size());
  const FilePacket packet = {data.first(captured), wire_length, last_time_ns_, interfaces_[0].link_type};
  if (!interfaces_[0].filter.passes(packet.bytes, wire_length)) return Step::kRead;
  take(packet);
  return Step::kRead;
}

PcapngFile::Step PcapngFile::give(uint32_t number, uint64_t time, uint32_t captured, uint32_t wire_length, Bytes data,
                                  const Take& take) {
  if (number >= interfaces_.size()) return fail("a packet is of an interface that is not described");
  if (captured > data.size()) return fail("a packet is longer than its block");
  const Interface& interface = interfaces_[number];
  const auto fraction = static_cast<unsigned __int128>(time % interface.ticks) * kSecond / interface.ticks;
  int64_t seconds;
  const bool is_late = __builtin_add_overflow(static_cast<int64_t>(time / interface.ticks), interface.offset_s, &seconds);
  last_time_ns_ = is_late ? 0 : file_time(seconds, static_cast<uint64_t>(fraction));
  const FilePacket packet = {data.first(captured), wire_length, last_time_ns_, interface.link_type};
  if (!interface.filter.passes(packet.bytes, wire_length)) return Step::kRead;
  take(packet);
  return Step::kRead;
}
