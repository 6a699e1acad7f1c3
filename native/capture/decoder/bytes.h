#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

/** The bytes of a packet that were captured and not read yet. Who reads asks `has` first. */
class Bytes {
 public:
  Bytes() = default;
  Bytes(const uint8_t* at, size_t size) : at_(at), size_(size) {}

  size_t size() const { return size_; }
  const uint8_t* data() const { return at_; }
  bool has(size_t count) const { return size_ >= count; }

  uint8_t u8(size_t at) const { return at_[at]; }
  uint16_t u16(size_t at) const { return static_cast<uint16_t>(at_[at] << 8 | at_[at + 1]); }
  uint32_t u24(size_t at) const { return static_cast<uint32_t>(u16(at)) << 8 | at_[at + 2]; }
  uint32_t u32(size_t at) const { return static_cast<uint32_t>(u16(at)) << 16 | u16(at + 2); }
  uint16_t little16(size_t at) const { return __builtin_bswap16(u16(at)); }
  uint32_t little32(size_t at) const { return __builtin_bswap32(u32(at)); }

  /** All but the first `count`, nothing when there are not so many. */
  Bytes from(size_t count) const {
    return count < size_ ? Bytes(at_ + count, size_ - count) : Bytes(at_ + size_, 0);
  }
  /** At most the first `count`. */
  Bytes first(size_t count) const { return Bytes(at_, count < size_ ? count : size_); }

 private:
  const uint8_t* at_ = nullptr;
  size_t size_ = 0;
};
