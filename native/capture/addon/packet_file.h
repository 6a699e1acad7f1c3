#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "bytes.h"
#include "packet_source.h"

/** A packet as it stands in a file; valid until the next one is read. */
struct FilePacket {
  Bytes bytes;
  uint32_t wire_length;
  /** Since 1970; 0 for what is no time. */
  uint64_t time_ns;
  /** DLT_* as libpcap's on Linux. */
  int link_type;
};

/** Packets of a capture file, one after another. */
class PacketFile {
 public:
  using Take = std::function<void(const FilePacket&)>;

  virtual ~PacketFile() = default;
  /**
   * Reads some packets, at most so many, and gives those that pass the filter to `take`. 0: there are no more, or it was
   * interrupted; -1: see `error()`.
   */
  virtual int read(int most, const Take& take) = 0;
  /** From another thread: `read` comes back after the packet or block that it reads, and reads no more. */
  virtual void interrupt() { is_interrupted_ = true; }
  virtual const std::string& error() const = 0;

 protected:
  bool is_interrupted() const { return is_interrupted_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> is_interrupted_{false};
};

/** pcap or pcapng, also compressed with gzip. Null: see `failure`. */
std::unique_ptr<PacketFile> open_file(const SourceOptions& options, Failure& failure);

/** A link as files number it → DLT_* as libpcap's on Linux. */
int file_link_type(uint16_t number);

/** Seconds and nanoseconds of a file, where hostile ones give 0. */
uint64_t file_time(int64_t seconds, uint64_t nanoseconds);
