#include "translation_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "batch.h"
#include "namespace_search.h"

namespace {

constexpr size_t kMostNamespaces = 1024;
/** A search for namespaces may take this share of the time at most: one part in so many. And so a dump. */
constexpr int64_t kSearchShare = 200;
constexpr int64_t kDumpShare = 16;
constexpr int64_t kShortestPauseNs = 1'000'000'000;
constexpr int64_t kRestartPauseNs = 60'000'000'000;
/** Notices gather for so long: one wake-up for each would cost more than what they tell. */
constexpr int kGatherMs = 50;
/** What is read later than this after it may have been made began nobody knows when. */
constexpr int64_t kLongestWaitNs = 2'000'000'000;
constexpr size_t kNoticesAtOnce = 4096;

constexpr char kPurpose[] = "translations of addresses (NAT)";
constexpr char kPurposeElsewhere[] = "translations of addresses (NAT) inside other network namespaces";

size_t most_namespaces() {
  rlimit limit = {};
  // File descriptors are for the whole process.
  return getrlimit(RLIMIT_NOFILE, &limit) != 0 ? 64 : std::min<size_t>(kMostNamespaces, limit.rlim_cur / 8);
}

bool is_refusal(int error) { return error == EPERM || error == EACCES; }

/** A namespace that has gone meanwhile is none. */
bool is_loss(int error) { return error != 0 && error != ESTALE && error != ENOENT && error != ESRCH; }

/** What the kernel says that was built without conntrack, or without its netlink. */
bool is_absence(int error) { return error == EPROTONOSUPPORT || error == EINVAL || error == EOPNOTSUPP; }

}  // namespace

TranslationWatch::~TranslationWatch() {
  stop();
  if (ready_ >= 0) close(ready_);
  if (stopping_ >= 0) close(stopping_);
}

void TranslationWatch::open() {
  own_ = own_network_namespace();
  const int error = open_own();
  report_own(error);
  if (error != 0) return;
  has_entered_ = opener_.start();
  if (!has_entered_) pause_starts(nanoseconds(CLOCK_MONOTONIC));
  report_entering();
}

/** What enters other namespaces works, or does not any more. */
void TranslationWatch::report_entering() {
  const bool enters = opener_.is_running();
  std::string why = enters ? "" : opener_.failure();
  if (!enters && has_entered_ && next_start_ == INT64_MAX)
    why += "; it takes CAP_SYS_ADMIN to start another: restart the agent";
  const std::lock_guard lock(reports_mutex_);
  entering_ = {"namespace_translations", kPurposeElsewhere, enters ? "attached" : "failed", why};
}

std::vector<PartReport> TranslationWatch::reports() const {
  const std::lock_guard lock(reports_mutex_);
  std::vector<PartReport> all = reports_;
  if (!entering_.name.empty()) all.push_back(entering_);
  return all;
}

int TranslationWatch::open_own() {
  Watched& own = watched_[own_];
  own.netns = own_;
  int error = own.notices.open(NETLINK_NETFILTER);
  if (error == 0) error = join_conntrack(own.notices);
  if (error == 0) {
    // Whether there is a table at all is known to him who asks for it.
    NetlinkSocket trial;
    error = trial.open(NETLINK_NETFILTER);
    if (error == 0) error = dump_conntrack(trial, [](const nlmsghdr&) {}).error;
  }
  if (error != 0) {
    watched_.clear();
    return error;
  }
  own.notices.set_receive_buffer(notice_bytes_);
  own.empty_at = nanoseconds(CLOCK_MONOTONIC);
  return 0;
}

void TranslationWatch::report_own(int error) {
  const char* state = error == 0 ? "attached" : is_absence(error) ? "not here" : "failed";
  const std::string why = error == 0            ? ""
                          : is_absence(error)   ? "this kernel does not list its connections (CONFIG_NF_CT_NETLINK)"
                          : is_refusal(error)   ? "CAP_NET_ADMIN is needed to ask for them"
                                                : strerror(error);
  reports_.push_back({"translations", kPurpose, state, why});
}

void TranslationWatch::start(RecordSource::Deliver deliver) {
  if (watched_.empty()) return;
  ready_ = epoll_create1(EPOLL_CLOEXEC);
  stopping_ = eventfd(0, EFD_CLOEXEC);
  epoll_event on_stop = {};
  on_stop.events = EPOLLIN;
  if (ready_ < 0 || stopping_ < 0 || epoll_ctl(ready_, EPOLL_CTL_ADD, stopping_, &on_stop) != 0) {
    reports_.push_back({"translation_thread", kPurpose, "failed", strerror(errno)});
    return;
  }
  writer_ = std::make_unique<RecordWriter>(std::move(deliver), stop_);
  watch(watched_.begin()->second);
  thread_ = std::thread([this] { run(); });
}

void TranslationWatch::stop() {
  if (!thread_.joinable()) return;
  stop_ = true;
  const uint64_t one = 1;
  // The counter of an eventfd takes it; nothing else can be done if not, and the wait ends by itself.
  (void)!write(stopping_, &one, sizeof one);
  thread_.join();
  opener_.stop();
  watched_.clear();
}

void TranslationWatch::add_to(Account& account) const {
  const auto drop = [&](const char* reason, uint64_t count) {
    account.dropped.emplace_back(reason, count);
    account.produced += count;
  };
  drop("translation notices overflowed", lost_notices_);
  drop("translation unreadable", unreadable_);
  drop("translation in a conntrack zone", in_zones_);
  drop("namespace of translations left out", left_out_);
  drop("namespace of translations not entered", not_entered_);
  if (writer_ == nullptr) return;
  const Progress& progress = writer_->progress();
  // Delivered first: what is delivered meanwhile then shows as still in the buffer, never as too much.
  const uint64_t delivered = progress.delivered;
  const uint64_t made = progress.made;
  account.delivered += delivered;
  account.produced += made;
  account.buffered += made - delivered;
}

void TranslationWatch::run() {
  // For top(1) and the like; at most 15 characters.
  pthread_setname_np(pthread_self(), "nat watcher");
  while (!stop_) {
    const int64_t now = nanoseconds(CLOCK_MONOTONIC);
    if (!writer_->javascript_lags()) {
      if (now >= next_search_) refresh(now);
      const bool again = tell_again_.exchange(false);
      for (auto& [netns, watched] : watched_) {
        watched.is_untold |= again;
        // The table first: what the notices say then is newer.
        if (watched.is_untold && now >= watched.next_dump) tell_all(watched);
        take_notices(watched);
      }
    }
    writer_->hand_over();
    wait(next_search_);
  }
}

void TranslationWatch::wait(int64_t until) {
  for (const auto& [netns, watched] : watched_) {
    if (watched.is_untold) until = std::min(until, watched.next_dump);
  }
  const int64_t left_ms = (until - nanoseconds(CLOCK_MONOTONIC)) / 1'000'000;
  const auto patience_ms = static_cast<int>(std::clamp<int64_t>(left_ms, 0, 1000));
  epoll_event event;
  if (!writer_->javascript_lags()) epoll_wait(ready_, &event, 1, patience_ms);
  pollfd stopping = {stopping_, POLLIN, 0};
  poll(&stopping, 1, kGatherMs);
}

/** Looks for new namespaces, and leaves those that nobody else uses: an open socket would keep them alive. */
void TranslationWatch::refresh(int64_t now) {
  const bool enters = can_enter(now);
  // Those that were entered are left also when no more can be, and what comes then is counted.
  if (!enters && !has_entered_) {
    next_search_ = next_start_;
    return;
  }
  const int64_t began = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  const auto places = search_network_namespaces();
  for (auto it = watched_.begin(); it != watched_.end();) {
    it = it->first == own_ || places.count(it->first) > 0 ? std::next(it) : watched_.erase(it);
  }
  for (auto it = unentered_.begin(); it != unentered_.end();) {
    it = places.count(*it) > 0 ? std::next(it) : unentered_.erase(it);
  }
  uint64_t left_out = 0;
  for (const auto& [netns, place] : places) {
    if (watched_.count(netns) > 0) continue;
    if (watched_.size() >= most_namespaces()) left_out++;
    else if (is_loss(enter(netns, place.path)) && unentered_.insert(netns).second) not_entered_++;
  }
  left_out_ = std::max<uint64_t>(left_out_, left_out);
  next_search_ = now + std::max(kShortestPauseNs, (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - began) * kSearchShare);
}

/** Whether namespaces can be entered; starts another opener when the last one has gone, where that may be. */
bool TranslationWatch::can_enter(int64_t now) {
  if (opener_.is_running()) return true;
  if (now >= next_start_) {
    pause_starts(now);
    if (NamespaceOpener::may_start() && opener_.start()) has_entered_ = true;
  }
  report_entering();
  return opener_.is_running();
}

void TranslationWatch::pause_starts(int64_t now) {
  next_start_ = NamespaceOpener::may_start() ? now + kRestartPauseNs : INT64_MAX;
}

/** Returns a positive errno, 0 for success. */
int TranslationWatch::enter(uint32_t netns, const std::string& path) {
  const int socket = opener_.open_netfilter(path, netns);
  if (socket < 0) return -socket;
  Watched entered;
  entered.netns = netns;
  entered.path = path;
  int error = entered.notices.adopt(socket);
  if (error == 0) error = join_conntrack(entered.notices);
  if (error != 0) return error;
  entered.notices.set_receive_buffer(notice_bytes_);
  entered.empty_at = nanoseconds(CLOCK_MONOTONIC);
  watch(watched_[netns] = std::move(entered));
  return 0;
}

/** A closed socket leaves the set by itself. */
void TranslationWatch::watch(Watched& watched) {
  epoll_event on_notice = {};
  on_notice.events = EPOLLIN;
  epoll_ctl(ready_, EPOLL_CTL_ADD, watched.notices.fd(), &on_notice);
}

void TranslationWatch::take_notices(Watched& watched) {
  const int64_t now = nanoseconds(CLOCK_MONOTONIC);
  // A notice has no time of its own. One that may have waited for long is of what was found.
  const translation_phase begin = now - watched.empty_at > kLongestWaitNs ? TRANSLATION_FOUND : TRANSLATION_BEGAN;
  unreadable_ += watched.notices.take_notices(kNoticesAtOnce, [&](const nlmsghdr& message) {
    Conntrack entry;
    if (!is_conntrack(message)) unreadable_++;
    else if (read_conntrack(message, entry) && entry.translates())
      tell(watched, entry, entry.is_destroyed ? TRANSLATION_ENDED : begin);
  });
  if (watched.notices.has_taken_all()) watched.empty_at = now;
  const uint64_t dropped = watched.notices.dropped();
  if (dropped == watched.dropped) return;
  lost_notices_ += dropped - watched.dropped;
  watched.dropped = dropped;
  watched.is_untold = true;
}

/** All of a namespace's translations, and that these are all. */
void TranslationWatch::tell_all(Watched& watched) {
  const auto began = static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC));
  const int64_t cpu = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  NetlinkSocket socket;
  DumpResult result;
  result.error = open_for_dump(watched, socket);
  if (result.error == 0) {
    result = dump_conntrack(socket, [&](const nlmsghdr& message) {
      Conntrack entry;
      if (read_conntrack(message, entry) && entry.translates() && !entry.is_over) tell(watched, entry, TRANSLATION_FOUND);
    });
  }
  unreadable_ += result.unreadable;
  watched.is_untold = result.error != 0;
  watched.next_dump = nanoseconds(CLOCK_MONOTONIC) +
                      std::max(kShortestPauseNs, (nanoseconds(CLOCK_THREAD_CPUTIME_ID) - cpu) * kDumpShare);
  if (result.error != 0) return;
  translations_told_record told = {};
  told.header = {sizeof told, RECORD_VERSION, RECORD_TRANSLATIONS_TOLD,
                 static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
  told.since_ns = began;
  told.netns = watched.netns;
  writer_->append(&told, sizeof told);
}

/** A dump's answers and the notices are not to get mixed up, so it has a socket of its own. */
int TranslationWatch::open_for_dump(const Watched& watched, NetlinkSocket& socket) {
  if (watched.netns == own_) return socket.open(NETLINK_NETFILTER);
  const int file = opener_.open_netfilter(watched.path, watched.netns);
  return file < 0 ? -file : socket.adopt(file);
}

/** The same addresses in two zones would end each other, and nobody else knows in which one he is. */
void TranslationWatch::tell(const Watched& watched, const Conntrack& entry, uint32_t phase) {
  if (entry.is_in_zone) {
    in_zones_++;
    return;
  }
  translation_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_TRANSLATION,
                   static_cast<uint64_t>(nanoseconds(CLOCK_MONOTONIC))};
  record.before = entry.before;
  record.after = entry.after;
  record.netns = watched.netns;
  record.protocol = entry.protocol;
  record.phase = phase;
  writer_->append(&record, sizeof record);
}
