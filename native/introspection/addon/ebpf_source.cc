#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>

#include <algorithm>

#include "loaded_programs.h"
#include "privileges.h"
#include "reader.h"
#include "record_source.h"
#include "translation_watch.h"

namespace {

const char* const kDropNames[COUNTER_COUNT] = {
    nullptr,           "ring buffer full", "datagram table full", "no socket storage",
    "told table full", "scratch busy",     "datagram unreadable", nullptr,
};

/** The running kernel's own events. */
class EbpfSource : public RecordSource {
 public:
  explicit EbpfSource(const SourceOptions& options) : options_(options) {}
  ~EbpfSource() override { close(); }

  bool open() override { return programs_.open(options_.cgroup, options_.ring_bytes, options_.tier); }

  bool start(Deliver deliver) override {
    is_open_ = true;
    if (options_.netlink) translations_.open();
    reader_ = std::make_unique<Reader>(programs_, options_, deliver);
    if (!reader_->start()) {
      failure_ = {"UNSUPPORTED", "The kernel's ring buffer cannot be read."};
      return false;
    }
    reports_ = programs_.reports();
    const auto& of_interfaces = reader_->interface_reports();
    reports_.insert(reports_.end(), of_interfaces.begin(), of_interfaces.end());
    if (programs_.finds_owners_itself()) {
      reader_->wait_for_owners();
    } else {
      programs_.find_owners({});
    }
    reader_->sweep_soon();
    translations_.start(std::move(deliver));
    return true;
  }

  void close() override {
    if (!is_open_) return;
    translations_.stop();
    reader_->stop();
    last_account_ = account();
    is_open_ = false;
    reader_.reset();
    programs_.close();
  }

  const Failure& failure() const override { return failure_.code.empty() ? programs_.failure() : failure_; }
  std::vector<PartReport> reports() const override {
    std::vector<PartReport> all = reports_;
    const auto of_translations = translations_.reports();
    all.insert(all.end(), of_translations.begin(), of_translations.end());
    return all;
  }
  std::string tier() const override { return programs_.tier(); }

  /** To name network namespaces that come later (NetworkNamespaces), and what reads maps and iterators here. */
  std::vector<std::string> capabilities() const override {
    std::vector<std::string> needed = {"CAP_NET_ADMIN", "CAP_SYS_PTRACE"};
    // Before Linux 5.19 kernel.unprivileged_bpf_disabled forbids reading one's own maps, too.
    const WithoutCapabilities trial(CapabilitySet{1} << CAP_BPF | CapabilitySet{1} << CAP_SYS_ADMIN);
    if (!programs_.can_be_read()) needed.push_back("CAP_BPF");
    if (programs_.finds_owners_itself()) needed.push_back("CAP_DAC_READ_SEARCH");
    return needed;
  }

  void tell_translations() override { translations_.tell_again(); }

  std::vector<std::string> reset_reasons() const override { return programs_.reset_reasons(); }

  Account account() const override {
    if (!is_open_) return last_account_;
    Account account;
    const Progress& progress = *reader_->progress();
    // Delivered first: what is delivered meanwhile then shows as still in the buffer, never as too much.
    account.delivered = progress.delivered;
    const uint64_t made = progress.made;
    const uint64_t submitted = counter(COUNT_SUBMITTED);
    account.buffered = submitted + made - account.delivered;
    account.produced = submitted + made;
    for (uint32_t i = 0; i < COUNTER_COUNT; i++) {
      if (kDropNames[i] != nullptr) drop(account, kDropNames[i], counter(i));
    }
    // In this order: what is skipped meanwhile and then done has not been missed.
    const uint64_t missed = programs_.missed();
    drop(account, "hook missed", missed - std::min(missed, counter(COUNT_SECOND)));
    translations_.add_to(account);
    return account;
  }

 private:
  static void drop(Account& account, const char* reason, uint64_t count) {
    account.dropped.emplace_back(reason, count);
    account.produced += count;
  }

  uint64_t counter(uint32_t index) const {
    std::vector<uint64_t> values(libbpf_num_possible_cpus());
    bpf_map_lookup_elem(programs_.counters_map(), &index, values.data());
    uint64_t sum = 0;
    for (const uint64_t value : values) sum += value;
    return sum;
  }

  const SourceOptions options_;
  LoadedPrograms programs_;
  std::unique_ptr<Reader> reader_;
  TranslationWatch translations_{options_.ring_bytes};
  std::vector<PartReport> reports_;
  bool is_open_ = false;
  Failure failure_;
  Account last_account_;
};

}  // namespace

std::unique_ptr<RecordSource> make_ebpf_source(const SourceOptions& options) {
  return std::make_unique<EbpfSource>(options);
}
