#include "packet_file.h"

#include "capture_stream.h"
#include "classic_file.h"
#include "decoder.h"
#include "packet_filter.h"
#include "pcapng_file.h"

namespace {

constexpr uint64_t kSecond = 1'000'000'000;
/** Later than this is no time that a packet was captured at (the year 2262). */
constexpr int64_t kLatestSecond = INT64_MAX / static_cast<int64_t>(kSecond) - 1;

/** Variants of the classic format that are rare, read by libpcap. */
class LibpcapFile : public PacketFile {
 public:
  explicit LibpcapFile(Pcap pcap) : pcap_(std::move(pcap)), link_type_(pcap_datalink(pcap_.get())) {}

  int read(int most, const Take& take) override {
    take_ = &take;
    const int count = pcap_dispatch(pcap_.get(), most, hand_on, reinterpret_cast<u_char*>(this));
    if (count < 0) error_ = pcap_geterr(pcap_.get());
    return count;
  }

  void interrupt() override { pcap_breakloop(pcap_.get()); }

  const std::string& error() const override { return error_; }

 private:
  static void hand_on(u_char* self, const pcap_pkthdr* header, const u_char* bytes) {
    const auto* file = reinterpret_cast<LibpcapFile*>(self);
    // Read with precision to nanoseconds, which stand in the field for microseconds.
    const uint64_t time_ns = file_time(header->ts.tv_sec, static_cast<uint64_t>(header->ts.tv_usec));
    (*file->take_)({Bytes(bytes, header->caplen), header->len, time_ns, file->link_type_});
  }

  const Pcap pcap_;
  const int link_type_;
  const Take* take_ = nullptr;
  std::string error_;
};

bool is_pcapng(const Bytes& beginning) { return beginning.has(4) && beginning.u32(0) == 0x0a0d0d0a; }

std::unique_ptr<PacketFile> open_pcapng(FILE* stream, const SourceOptions& options, Failure& failure) {
  auto file = std::make_unique<PcapngFile>(stream, options.filter);
  return file->open(options.file, failure) ? std::move(file) : nullptr;
}

std::unique_ptr<PacketFile> open_by_libpcap(FILE* stream, const SourceOptions& options, Failure& failure) {
  char error[PCAP_ERRBUF_SIZE] = "";
  Pcap pcap(pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, error));
  if (pcap == nullptr) {
    fclose(stream);
    failure = {"FORMAT", options.file + " is not a capture file that can be read (pcap or pcapng, also as .gz): " + error};
    return nullptr;
  }
  if (!set_filter(pcap.get(), options.filter, failure)) return nullptr;
  return std::make_unique<LibpcapFile>(std::move(pcap));
}

}  // namespace

int file_link_type(uint16_t number) {
  // Three of those that are understood have other numbers than in libpcap on Linux: ATM, raw IP, classical IP over ATM.
  switch (number) {
    case 100:
      return 11;
    case 101:
      return 12;
    case 106:
      return 19;
    default:
      return number;
  }
}

uint64_t file_time(int64_t seconds, uint64_t nanoseconds) {
  if (seconds < 0 || seconds > kLatestSecond || nanoseconds >= kSecond) return 0;
  return static_cast<uint64_t>(seconds) * kSecond + nanoseconds;
}

std::unique_ptr<PacketFile> open_file(const SourceOptions& options, Failure& failure) {
  FILE* stream = open_capture_stream(options.file, failure);
  if (stream == nullptr) return nullptr;
  uint8_t memory[ClassicFile::kHeader];
  const Bytes header(memory, fread(memory, 1, sizeof memory, stream));
  if (auto classic = ClassicFile::recognise(stream, header)) {
    return classic->filter(options.filter, failure) ? std::move(classic) : nullptr;
  }
  // The others read it from its beginning.
  fclose(stream);
  stream = open_capture_stream(options.file, failure);
  if (stream == nullptr) return nullptr;
  return is_pcapng(header) ? open_pcapng(stream, options, failure) : open_by_libpcap(stream, options, failure);
}
