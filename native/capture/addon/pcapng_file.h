#pragma once

#include <cstdio>
#include <vector>

#include "packet_file.h"
#include "packet_filter.h"

/**
 * pcapng (draft-ietf-opsawg-pcapng). libpcap reads it, too, but no file whose interfaces have different links or
 * different lengths at which packets are cut off.
 */
class PcapngFile : public PacketFile {
 public:
  /** Takes the stream over. */
  PcapngFile(FILE* stream, std::string filter) : stream_(stream), filter_(std::move(filter)) {}
  ~PcapngFile() override;

  /** Reads up to the first description of an interface, so that a wrong filter is known at once. */
  bool open(const std::string& path, Failure& failure);
  int read(int most, const Take& take) override;
  const std::string& error() const override { return error_; }

 private:
  struct Interface {
    int link_type;
    uint32_t snaplen;
    /** Of a second, in which packets' times are counted. */
    uint64_t ticks;
    int64_t offset_s;
    PacketFilter filter;
  };

  enum class Step { kRead, kEnd, kError };

  Step step(const Take& take);
  bool read_header();
  bool read_section();
  bool read_body();
  bool read_version();
  bool read_interface();
  bool read_options(Interface& interface, Bytes options);
  Step read_enhanced(const Take& take);
  Step read_obsolete(const Take& take);
  Step read_simple(const Take& take);
  Step give(uint32_t interface, uint64_t time, uint32_t captured, uint32_t wire_length, Bytes data, const Take& take);
  Step fail(const std::string& why);

  uint16_t u16(const Bytes& bytes, size_t at) const;
  uint32_t u32(const Bytes& bytes, size_t at) const;

  FILE* const stream_;
  const std::string filter_;
  std::string error_;
  Failure filter_failure_;
  /** The section is written in the other byte order than network's. */
  bool is_little_ = true;
  uint32_t type_ = 0;
  uint32_t length_ = 0;
  std::vector<uint8_t> memory_;
  Bytes body_;
  std::vector<Interface> interfaces_;
  uint64_t last_time_ns_ = 0;
};
