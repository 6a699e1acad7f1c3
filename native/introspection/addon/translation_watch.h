#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "conntrack_message.h"
#include "namespace_opener.h"
#include "netlink_socket.h"
#include "record_source.h"
#include "record_writer.h"

/**
 * Tells which conversations the kernel translates (NAT), in every network namespace that can be entered: from a dump
 * of its table of connections, then from the notices of it. What has no NAT stays in the kernel.
 *
 * When JavaScript lags it stops, so that the kernel's buffers of notices fill. What they cannot hold is counted, and
 * the namespace dumped again.
 */
class TranslationWatch {
 public:
  /** `notice_bytes`: the kernel's buffer in each namespace. */
  explicit TranslationWatch(uint32_t notice_bytes) : notice_bytes_(notice_bytes) {}
  ~TranslationWatch();
  TranslationWatch(const TranslationWatch&) = delete;
  TranslationWatch& operator=(const TranslationWatch&) = delete;

  /** To be called before privileges are given up. What does not work is in `reports()`, and the rest works without. */
  void open();
  /** Begins to tell, in a thread of its own; nothing where `open` could not. */
  void start(RecordSource::Deliver deliver);
  /** Returns when the thread has ended. */
  void stop();
  /** Tells all that there is once more, as soon as it can. */
  void tell_again() { tell_again_ = true; }

  /** As they are at the moment: what enters other namespaces may fail later, and be started again. */
  std::vector<PartReport> reports() const;
  /** Adds what was told, and what was lost. */
  void add_to(Account& account) const;

 private:
  struct Watched {
    uint32_t netns = 0;
    std::string path;
    NetlinkSocket notices;
    uint64_t dropped = 0;
    /** When no notice waited: those that are read were made since. */
    int64_t empty_at = 0;
    bool is_untold = true;
    int64_t next_dump = 0;
  };

  int open_own();
  void run();
  void refresh(int64_t now);
  bool can_enter(int64_t now);
  void pause_starts(int64_t now);
  int enter(uint32_t netns, const std::string& path);
  void watch(Watched& watched);
  void take_notices(Watched& watched);
  void tell_all(Watched& watched);
  int open_for_dump(const Watched& watched, NetlinkSocket& socket);
  void tell(const Watched& watched, const Conntrack& entry, uint32_t phase);
  void wait(int64_t until);
  void report_own(int error);
  void report_entering();

  const uint32_t notice_bytes_;
  uint32_t own_ = 0;
  NamespaceOpener opener_;
  bool has_entered_ = false;
  int64_t next_start_ = 0;
  /** Those that are there and could not be entered: each is counted once. */
  std::set<uint32_t> unentered_;
  mutable std::mutex reports_mutex_;
  std::vector<PartReport> reports_;
  /** Without a name until it was tried. */
  PartReport entering_;
  std::map<uint32_t, Watched> watched_;
  int64_t next_search_ = 0;
  int ready_ = -1;
  int stopping_ = -1;
  std::unique_ptr<RecordWriter> writer_;
  std::atomic<uint64_t> lost_notices_{0};
  std::atomic<uint64_t> unreadable_{0};
  std::atomic<uint64_t> in_zones_{0};
  std::atomic<uint64_t> left_out_{0};
  std::atomic<uint64_t> not_entered_{0};
  std::atomic<bool> stop_{false};
  std::atomic<bool> tell_again_{false};
  std::thread thread_;
};
