#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "libebpfflow_library.h"
#include "libebpfflow_records.h"
#include "record_source.h"
#include "wall_clock.h"

namespace {

constexpr unsigned int kPollMs = 20;
/** How long a library that has nothing to tell yet is listened to before it is believed to be usable. */
constexpr auto kFirstLook = std::chrono::milliseconds(100);
/** A processor's events come one after another, those of several do not: wait for what may be older. */
constexpr uint64_t kOrderNs = 10'000'000;
constexpr uint64_t kLookBackNs = 1'000'000'000;
constexpr size_t kMostSightings = 65536;
constexpr size_t kBatchBytes = 256 * 1024;
constexpr uint64_t kOutstandingBytes = 4 * 1024 * 1024;
/** A library that does not return from its poll for so long is left to itself. */
constexpr auto kPatience = std::chrono::seconds(2);

const char* const kDropNames[] = {"unknown size", "not understood", "no conversation", "told already", "too many"};
constexpr size_t kDropCount = static_cast<size_t>(LibebpfflowDrop::COUNT);
static_assert(sizeof kDropNames / sizeof *kDropNames == kDropCount, "one name for each");

/** What others do with a socket's kernel object, and this library's events do not hold. */
const PartReport kNotKnown[] = {
    {"bytes", "bytes and packets of conversations", "not here", "ntop's library does not count them"},
    {"health", "round-trip times, states and losses of connections", "not here", "ntop's library does not tell them"},
    {"establishment", "whether a connection was established, and how long that took to another host", "not here",
     "ntop's library tells of connect() when it returns, and measures no longer"},
    {"failures", "why a connection failed", "not here", "ntop's library does not tell it"},
    {"retransmissions", "how often a connection sent segments again", "not here",
     "ntop's library tells of one a second, and counts by the task that was running"},
    {"datagram owners", "processes that only receive datagrams, or are gone when their first one is looked at", "not here",
     "ntop's library names whatever task was running when a datagram left"},
    {"mapped addresses", "the own address of IPv4 connections through IPv6 sockets", "not here",
     "ntop's library puts 127.0.0.1 in its place"},
    {"sockets", "which socket and network namespace a conversation belongs to", "not here",
     "ntop's library does not tell it"},
    {"translations", "translations of addresses (NAT)", "not here",
     "ntop's library does not tell them, nor where a conversation is, which they would have to be found by"},
    {"existing", "conversations and listening sockets that are older than the agent", "not here",
     "ntop's library tells only of what happens"},
    {"interfaces", "counters of network interfaces", "not here", "ntop's library does not count them"},
    {"losses", "how many events were lost before they reached the agent", "not here",
     "ntop's library does not count them"},
};

/** Polls the library in a thread of its own and makes records of its events. */
class Poller : public std::enable_shared_from_this<Poller> {
 public:
  const Failure& failure() const { return failure_; }
  std::string name() const { return library_.name(); }

  bool open(const std::string& path) {
    if (!library_.load(path) || !library_.start(this, handle)) {
      failure_ = library_.failure();
      return false;
    }
    const auto until = std::chrono::steady_clock::now() + kFirstLook;
    while (seen_ == 0 && std::chrono::steady_clock::now() < until) poll();
    if (drops_[0] == 0) return true;
    library_.stop();
    failure_ = {"UNSUPPORTED", library_.name() + " hands over events of " + std::to_string(strange_size_) +
                                   " bytes, not of the " + std::to_string(sizeof(libebpfflow::Event)) +
                                   " that are known: it is another version than it says. Install version 1 as it was "
                                   "published, or use the source ebpf."};
    return false;
  }

  void start(RecordSource::Deliver deliver) {
    deliver_ = std::move(deliver);
    thread_ = std::thread([self = shared_from_this()] { self->run(); });
  }

  /** Nothing is delivered once it has returned. */
  void close() {
    stop_ = true;
    if (!thread_.joinable()) return library_.stop();
    std::unique_lock<std::mutex> lock(mutex_);
    const bool has_ended = ended_.wait_for(lock, kPatience, [this] { return has_ended_; });
    deliver_ = nullptr;
    lock.unlock();
    has_ended ? thread_.join() : thread_.detach();
  }

  Account account() const {
    Account account;
    account.delivered = progress_->delivered;
    account.produced = progress_->made + seen_;
    uint64_t dropped = 0;
    for (size_t i = 0; i < kDropCount; i++) {
      const uint64_t count = drops_[i];
      account.dropped.emplace_back(kDropNames[i], count);
      dropped += count;
    }
    account.buffered = account.produced - account.delivered - dropped;
    return account;
  }

 private:
  static void handle(void* context, void* data, int size) { static_cast<Poller*>(context)->take(data, size); }

  /** Called by the library, in the middle of its poll. */
  void take(const void* data, int size) {
    seen_++;
    Sighting sighting;
    LibebpfflowDrop drop = read_sighting(data, size, nanoseconds(CLOCK_MONOTONIC), sighting);
    if (drop == LibebpfflowDrop::WRONG_SIZE && strange_size_ == 0) strange_size_ = size;
    if (drop == LibebpfflowDrop::COUNT && !has_room()) drop = LibebpfflowDrop::TOO_MANY;
    if (drop == LibebpfflowDrop::COUNT) {
      sightings_.push_back(sighting);
    } else {
      drops_[static_cast<size_t>(drop)]++;
    }
  }

  bool has_room() {
    if (stop_) return false;
    if (sightings_.size() < kMostSightings) return true;
    // Before the thread runs nobody takes them.
    if (batch_ == nullptr) return false;
    tell_until(UINT64_MAX);
    hand_over();
    return sightings_.size() < kMostSightings;
  }

  void run() {
    batch_ = std::make_unique<Batch>(progress_);
    uint64_t next_look_back = nanoseconds(CLOCK_MONOTONIC) + kLookBackNs;
    while (!stop_) {
      const uint64_t before = nanoseconds(CLOCK_MONOTONIC);
      clock_.refresh(before);
      poll();
      if (!javascript_lags()) tell_until(before - kOrderNs);
      if (before >= next_look_back && !javascript_lags()) {
        records_.look_back(before);
        next_look_back = before + kLookBackNs;
      }
      hand_over();
    }
    library_.stop();
    const std::lock_guard<std::mutex> lock(mutex_);
    has_ended_ = true;
    ended_.notify_all();
  }

  /** Takes its time even when the library does not. */
  void poll() {
    const auto begun = std::chrono::steady_clock::now();
    const uint64_t seen = seen_;
    library_.poll(kPollMs);
    const auto least = begun + std::chrono::milliseconds(kPollMs);
    if (seen == seen_ && !stop_ && std::chrono::steady_clock::now() < least) std::this_thread::sleep_until(least);
  }

  /** What began before `until_ns` has all been heard of. */
  void tell_until(uint64_t until_ns) {
    const auto by_begin = [](const Sighting& a, const Sighting& b) { return a.begin_ns < b.begin_ns; };
    std::stable_sort(sightings_.begin(), sightings_.end(), by_begin);
    size_t told = 0;
    for (; told < sightings_.size() && sightings_[told].begin_ns < until_ns && !javascript_lags(); told++) {
      const LibebpfflowDrop drop = records_.take(sightings_[told]);
      if (drop != LibebpfflowDrop::COUNT) drops_[static_cast<size_t>(drop)]++;
    }
    sightings_.erase(sightings_.begin(), sightings_.begin() + told);
  }

  void append(const void* record, size_t size) {
    batch_->append(record, size);
    if (batch_->bytes().size() >= kBatchBytes) hand_over();
  }

  void hand_over() {
    if (batch_->empty()) return;
    batch_->seal(clock_.offset_ns());
    progress_->outstanding_bytes += batch_->bytes().size();
    const std::lock_guard<std::mutex> lock(mutex_);
    if (deliver_) deliver_(std::move(batch_));
    batch_ = std::make_unique<Batch>(progress_);
  }

  bool javascript_lags() const { return progress_->outstanding_bytes > kOutstandingBytes; }

  LibebpfflowLibrary library_;
  Failure failure_;
  const std::shared_ptr<Progress> progress_ = std::make_shared<Progress>();
  std::atomic<uint64_t> seen_{0};
  std::array<std::atomic<uint64_t>, kDropCount> drops_{};
  int strange_size_ = 0;

  // Of the thread.
  std::vector<Sighting> sightings_;
  std::unique_ptr<Batch> batch_;
  WallClock clock_;
  LibebpfflowRecords records_{
      [this](const void* record, size_t size) { append(record, size); },
      [this](const void* record, size_t size) {
        progress_->made++;
        append(record, size);
      },
  };

  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;
  RecordSource::Deliver deliver_;
};

/** ntop's library where it is installed. */
class LibebpfflowSource : public RecordSource {
 public:
  explicit LibebpfflowSource(std::string library) : library_(std::move(library)) {}
  ~LibebpfflowSource() override { close(); }

  bool open() override {
    if (!poller_->open(library_)) return false;
    is_open_ = true;
    reports_.push_back({poller_->name(), "beginnings and ends of conversations", "attached", ""});
    reports_.insert(reports_.end(), std::begin(kNotKnown), std::end(kNotKnown));
    return true;
  }

  bool start(Deliver deliver) override {
    poller_->start(std::move(deliver));
    return true;
  }

  void close() override {
    if (!is_open_) return;
    is_open_ = false;
    poller_->close();
  }

  const Failure& failure() const override { return poller_->failure(); }
  std::vector<PartReport> reports() const override { return reports_; }
  /** Tiers are of what the kernel offers; this is whatever the library makes of it. */
  std::string tier() const override { return ""; }
  Account account() const override { return poller_->account(); }
  /** To see which process has a socket: /proc/PID/fd is its owner's alone. */
  std::vector<std::string> capabilities() const override { return {"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"}; }

 private:
  const std::string library_;
  /** Shared with the thread, which outlives this when the library does not return. */
  const std::shared_ptr<Poller> poller_ = std::make_shared<Poller>();
  bool is_open_ = false;
  std::vector<PartReport> reports_;
};

}  // namespace

std::unique_ptr<RecordSource> make_libebpfflow_source(const SourceOptions& options) {
  return std::make_unique<LibebpfflowSource>(options.library);
}
