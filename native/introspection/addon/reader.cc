#include "reader.h"

#include <bpf/libbpf.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "cgroup_tree.h"
#include "host.h"

namespace {

/** The kernel side wakes us at 512 KiB of backlog; what is less waits at most this long. */
constexpr int kPollMs = 50;
constexpr size_t kBatchBytes = 256 * 1024;
/** What may wait while a look at all sockets is put in order; the rest stays in the ring. */
constexpr size_t kAsideBytes = 8 * 1024 * 1024;
constexpr uint64_t kOutstandingBytes = 4 * 1024 * 1024;
/** The wall clock may be stepped or slewed while we run. */
constexpr int64_t kClockRefreshNs = 30'000'000'000;
constexpr int kBatchFull = -1;

int64_t wall_offset() {
  const int64_t before = nanoseconds(CLOCK_MONOTONIC);
  const int64_t wall = nanoseconds(CLOCK_REALTIME);
  const int64_t after = nanoseconds(CLOCK_MONOTONIC);
  return wall - (before + (after - before) / 2);
}

}  // namespace

Reader::Reader(LoadedPrograms& programs, const SourceOptions& options, RecordSource::Deliver deliver)
    : programs_(programs),
      datagram_interval_ns_(options.datagram_interval_ms * 1'000'000LL),
      sweep_interval_ns_(options.sweep_interval_ms * 1'000'000LL),
      asks_netlink_(options.netlink),
      deliver_(std::move(deliver)),
      datagrams_(programs.datagram_map()) {}

Reader::~Reader() {
  stop();
  if (ring_ != nullptr) ring_buffer__free(ring_);
  if (wake_ >= 0) close(wake_);
  if (stopping_ >= 0) close(stopping_);
}

bool Reader::start() {
  ring_ = ring_buffer__new(programs_.ring_map(), take, this, nullptr);
  wake_ = epoll_create1(EPOLL_CLOEXEC);
  stopping_ = eventfd(0, EFD_CLOEXEC);
  if (ring_ == nullptr || wake_ < 0 || stopping_ < 0) return false;
  // Edge-triggered: only the kernel side's wake-up counts, not that a record happens to lie in the ring.
  epoll_event on_ring = {};
  on_ring.events = EPOLLIN | EPOLLET;
  epoll_event on_stop = {};
  on_stop.events = EPOLLIN;
  if (epoll_ctl(wake_, EPOLL_CTL_ADD, programs_.ring_map(), &on_ring) != 0 ||
      epoll_ctl(wake_, EPOLL_CTL_ADD, stopping_, &on_stop) != 0) {
    return false;
  }
  batch_ = std::make_unique<Batch>(progress_);
  refresh_clock(nanoseconds(CLOCK_MONOTONIC));
  if (asks_netlink_) namespaces_.open();
  thread_ = std::thread([this] { run(); });
  return true;
}

void Reader::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  const uint64_t one = 1;
  // The counter of an eventfd takes it; nothing else can be done if not, and the poll ends by itself.
  (void)!write(stopping_, &one, sizeof one);
  thread_.join();
}

void Reader::run() {
  // For top(1) and the like; at most 15 characters.
  pthread_setname_np(pthread_self(), "ring reader");
  tell_cgroups();
  if (programs_.finds_owners_itself()) find_owners();
  owners_found_.set_value();
  int64_t next_drain = nanoseconds(CLOCK_MONOTONIC) + datagram_interval_ns_;
  int64_t next_sweep = nanoseconds(CLOCK_MONOTONIC) + sweep_interval_ns_;
  while (!stop_) {
    epoll_event event;
    epoll_wait(wake_, &event, 1, kPollMs);
    const int64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (now - clock_read_ns_ > kClockRefreshNs) refresh_clock(now);
    read_ring();
    if (now >= next_drain && !javascript_lags()) {
      drain_datagrams();
      next_drain = now + datagram_interval_ns_;
    }
    if ((sweep_wanted_ || now >= next_sweep) && !javascript_lags()) {
      sweep_wanted_ = false;
      sweep();
      tell_interfaces();
      next_sweep = now + sweep_interval_ns_;
    }
    hand_over();
  }
}

/** Those that are older than the programs; told before anything that happens in one. */
void Reader::tell_cgroups() {
  visit_cgroups(cgroup2_root(), [this](uint64_t id, const std::string& path) {
    const size_t length = std::min<size_t>(path.size(), CGROUP_PATH_CAPACITY - 1);
    std::vector<uint8_t> bytes((sizeof(cgroup_record) + length + 7) & ~size_t{7});
    auto* record = reinterpret_cast<cgroup_record*>(bytes.data());
    record->header = {static_cast<uint32_t>(bytes.size()), RECORD_VERSION, RECORD_CGROUP,
                      static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
    record->id = id;
    record->path_length = length;
    if (length < path.size()) record->flags = CGROUP_PATH_CUT;
    memcpy(record + 1, path.data(), length);
    progress_->made++;
    append(bytes.data(), bytes.size());
  });
}

/** Processes are told before the sockets that are theirs, and the ring is emptied in between: it may take a while. */
void Reader::find_owners() {
  programs_.find_owners([this](const void* record, size_t size) {
    progress_->made++;
    append(record, size);
    read_ring();
  });
}

void Reader::read_ring() {
  while (!stop_ && !javascript_lags()) {
    if (ring_buffer__consume(ring_) != kBatchFull) return;
    hand_over();
  }
}

int Reader::take(void* context, void* record, size_t size) {
  auto* reader = static_cast<Reader*>(context);
  const auto* header = static_cast<const record_header*>(record);
  const auto* socket = static_cast<const datagram_socket_record*>(record);
  if (header->kind == RECORD_DATAGRAM_CLOSED) {
    reader->datagrams_.closed(socket->cookie);
  } else if (header->kind == RECORD_DATAGRAM_OWNER) {
    reader->datagrams_.owner_changed(socket->cookie, socket->owner);
  } else if (reader->aside_ != nullptr) {
    const auto* from = static_cast<const uint8_t*>(record);
    reader->aside_->insert(reader->aside_->end(), from, from + size);
    return reader->aside_->size() >= kAsideBytes ? kBatchFull : 0;
  } else {
    reader->batch_->append(record, size);
  }
  return reader->batch_->bytes().size() >= kBatchBytes ? kBatchFull : 0;
}

void Reader::drain_datagrams() {
  datagrams_.drain([this](const datagram_record& record) {
    progress_->made++;
    append(&record, sizeof record);
  });
}

/**
 * Records of all sockets, then one that says how many there were. A look that broke off says nothing of what is gone.
 * Meanwhile the ring went on being filled: both are put in order by time, so that nothing is told of a connection
 * before its beginning or after its end (bpf/living.h).
 */
void Reader::sweep() {
  if (has_ownerless_) find_owners();
  read_ring();
  LookAtSockets look = living_.look(programs_);
  has_ownerless_ = look.has_ownerless;
  std::vector<uint8_t> happened;
  aside_ = &happened;
  ring_buffer__consume(ring_);
  aside_ = nullptr;
  progress_->made += look.listeners + look.conversations;
  append_by_time(look.records, happened);
  if (!look.is_complete) return;
  datagrams_.living_are(std::move(look.packet_sockets));
  sweep_record end = {};
  end.header = {sizeof end, RECORD_VERSION, RECORD_SWEEP, static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
  end.conversations = look.conversations;
  end.listeners = look.listeners;
  progress_->made++;
  append(&end, sizeof end);
}

void Reader::append_by_time(const std::vector<uint8_t>& some, const std::vector<uint8_t>& others) {
  size_t a = 0;
  size_t b = 0;
  const auto header = [](const std::vector<uint8_t>& bytes, size_t at) {
    return reinterpret_cast<const record_header*>(bytes.data() + at);
  };
  while (a < some.size() || b < others.size()) {
    const bool takes_a =
        b == others.size() || (a < some.size() && header(some, a)->time_ns <= header(others, b)->time_ns);
    const record_header* next = takes_a ? header(some, a) : header(others, b);
    (takes_a ? a : b) += next->size;
    append(next, next->size);
  }
}

void Reader::tell_interfaces() {
  if (!asks_netlink_) return;
  namespaces_.refresh(nanoseconds(CLOCK_MONOTONIC));
  interfaces_.visit([this](const interface_record& record) {
    progress_->made++;
    append(&record, sizeof record);
  });
}

void Reader::append(const void* record, size_t size) {
  batch_->append(record, size);
  if (batch_->bytes().size() >= kBatchBytes) hand_over();
}

void Reader::hand_over() {
  if (batch_->empty()) return;
  batch_->seal(wall_offset_ns_);
  progress_->outstanding_bytes += batch_->bytes().size();
  deliver_(std::move(batch_));
  batch_ = std::make_unique<Batch>(progress_);
}

void Reader::refresh_clock(int64_t now) {
  wall_offset_ns_ = wall_offset();
  clock_read_ns_ = now;
}

bool Reader::javascript_lags() const { return progress_->outstanding_bytes > kOutstandingBytes; }
