#include "netlink_reader.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "batch.h"

namespace {

/** Notices wait in the kernel's buffer for so long. */
constexpr int kPauseMs = 50;
/** What lives longer is seen while it lives, and its process found. */
constexpr int64_t kLookNs = 250'000'000;
/** Where looks cost more, there are fewer of them: they take this share of the time, one part in so many. */
constexpr int64_t kLookShare = 64;

}  // namespace

NetlinkReader::NetlinkReader(NetworkNamespaces& namespaces, DiagProtocols& protocols, const SourceOptions& options,
                             RecordSource::Deliver deliver)
    : sweep_interval_ns_(options.sweep_interval_ms * 1'000'000LL),
      writer_(std::move(deliver), stop_),
      watch_(namespaces, protocols, options.cgroup, writer_, losses_) {}

NetlinkReader::~NetlinkReader() {
  stop();
  if (stopping_ >= 0) close(stopping_);
}

bool NetlinkReader::start() {
  stopping_ = eventfd(0, EFD_CLOEXEC);
  if (stopping_ < 0) return false;
  thread_ = std::thread([this] { run(); });
  return true;
}

void NetlinkReader::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  const uint64_t one = 1;
  // The counter of an eventfd takes it; nothing else can be done if not, and the poll ends by itself.
  (void)!write(stopping_, &one, sizeof one);
  thread_.join();
}

void NetlinkReader::run() {
  int64_t next_look = 0;
  int64_t next_sweep = 0;
  while (!stop_) {
    const int64_t now = nanoseconds(CLOCK_MONOTONIC);
    const int64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    if (!writer_.javascript_lags()) {
      const bool looks = now >= next_look || now >= next_sweep;
      if (now >= next_sweep) {
        watch_.sweep();
        next_sweep = now + sweep_interval_ns_;
      } else if (looks) {
        watch_.look();
      } else {
        watch_.take_notices();
      }
      if (looks) {
        const int64_t cost = nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
        next_look = nanoseconds(CLOCK_MONOTONIC) + std::max(kLookNs, cost * kLookShare);
      }
    }
    writer_.hand_over();
    pollfd stopping = {stopping_, POLLIN, 0};
    poll(&stopping, 1, kPauseMs);
  }
}
