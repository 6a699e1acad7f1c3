#include "reader.h"

#include <bpf/libbpf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>

namespace {

/** The kernel side wakes us at 64 KiB of backlog; what is less waits at most this long. */
constexpr int kPollMs = 50;
constexpr size_t kBatchBytes = 256 * 1024;
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

Reader::Reader(int ring_map, int udp_map, uint32_t udp_interval_ms, Deliver deliver)
    : ring_map_(ring_map),
      udp_interval_ns_(udp_interval_ms * 1'000'000LL),
      deliver_(std::move(deliver)),
      udp_(udp_map) {}

Reader::~Reader() {
  stop();
  if (ring_ != nullptr) ring_buffer__free(ring_);
  if (wake_ >= 0) close(wake_);
  if (stopping_ >= 0) close(stopping_);
}

bool Reader::start() {
  ring_ = ring_buffer__new(ring_map_, take, this, nullptr);
  wake_ = epoll_create1(EPOLL_CLOEXEC);
  stopping_ = eventfd(0, EFD_CLOEXEC);
  if (ring_ == nullptr || wake_ < 0 || stopping_ < 0) return false;
  // Edge-triggered: only the kernel side's wake-up counts, not that a record happens to lie in the ring.
  epoll_event on_ring = {};
  on_ring.events = EPOLLIN | EPOLLET;
  epoll_event on_stop = {};
  on_stop.events = EPOLLIN;
  if (epoll_ctl(wake_, EPOLL_CTL_ADD, ring_map_, &on_ring) != 0 ||
      epoll_ctl(wake_, EPOLL_CTL_ADD, stopping_, &on_stop) != 0) {
    return false;
  }
  batch_ = std::make_unique<Batch>(progress_);
  refresh_clock(nanoseconds(CLOCK_MONOTONIC));
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
  int64_t next_drain = nanoseconds(CLOCK_MONOTONIC) + udp_interval_ns_;
  while (!stop_) {
    epoll_event event;
    epoll_wait(wake_, &event, 1, kPollMs);
    const int64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (now - clock_read_ns_ > kClockRefreshNs) refresh_clock(now);
    read_ring();
    if (now >= next_drain && !javascript_lags()) {
      drain_udp();
      next_drain = now + udp_interval_ns_;
    }
    hand_over();
  }
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
  const auto* udp = static_cast<const udp_socket_record*>(record);
  if (header->kind == RECORD_UDP_CLOSED) {
    reader->udp_.closed(udp->cookie);
  } else if (header->kind == RECORD_UDP_OWNER) {
    reader->udp_.owner_changed(udp->cookie, udp->owner);
  } else {
    reader->batch_->append(record, size);
  }
  return reader->batch_->bytes().size() >= kBatchBytes ? kBatchFull : 0;
}

void Reader::drain_udp() {
  udp_.drain([this](const udp_record& record) {
    progress_->made++;
    batch_->append(&record, sizeof record);
    if (batch_->bytes().size() >= kBatchBytes) hand_over();
  });
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
