#pragma once

#include <cstdio>
#include <vector>

#include "packet_file.h"
#include "packet_filter.h"

/**
 * The classic format (draft-ietf-opsawg-pcap) as nearly everybody writes it: version 2.4, either byte order, micro- or
 * nanoseconds, a link that the decoder knows. libpcap, which reads the other variants, takes two calls of the C library
 * and copies each packet; here packets lie where the file was read to.
 */
class ClassicFile : public PacketFile {
 public:
  static constexpr size_t kHeader = 24;

  /** Takes the stream over, which is behind the `header`. Null, and the stream as it was: it is another variant. */
  static std::unique_ptr<ClassicFile> recognise(FILE* stream, const Bytes& header);
  ~ClassicFile() override;

  /** False: see `failure`. */
  bool filter(const std::string& text, Failure& failure);
  int read(int most, const Take& take) override;
  const std::string& error() const override { return error_; }

 private:
  ClassicFile(FILE* stream, const Bytes& header);

  uint32_t u32(const Bytes& bytes, size_t at) const;
  bool has(size_t count);
  int fail(const std::string& why);

  FILE* const stream_;
  const bool is_little_;
  /** Of a second's fraction as packets have it. */
  const uint32_t nanoseconds_;
  const uint32_t snaplen_;
  const int link_type_;
  PacketFilter filter_;
  std::vector<uint8_t> memory_;
  /** What was read and not given yet. */
  Bytes rest_;
  std::string error_;
};
