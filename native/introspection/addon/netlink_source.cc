#include <linux/capability.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "diag_protocols.h"
#include "host.h"
#include "netlink_reader.h"
#include "network_namespaces.h"
#include "proc_files.h"
#include "record_source.h"
#include "socket_holders.h"
#include "translation_watch.h"

namespace {

/** What only the kernel's own events show. */
const PartReport kNotSeen[] = {
    {"datagrams", "bytes and packets of UDP, and datagrams that are sent without connect()", "not here",
     "sock_diag lists sockets and does not count; the source ebpf sees each datagram"},
    {"short_lived", "processes of connections, and datagram sockets, that live only a moment", "not here",
     "a process is found while it has the socket open; the source ebpf names it at once"},
    {"handshakes", "how long connecting took, who reset a connection, and why segments were sent again", "not here",
     "sock_diag does not tell them; the source ebpf does"},
};

/** sock_diag and /proc, looked at again and again. */
class NetlinkSource : public RecordSource {
 public:
  explicit NetlinkSource(const SourceOptions& options)
      : options_(options), namespaces_(NamespaceSockets{true, options.ring_bytes}) {}
  ~NetlinkSource() override { close(); }

  bool open() override {
    const int error = namespaces_.open();
    if (error != 0) return fail(error);
    const int refused = protocols_.open(namespaces_.own()->socket_diag);
    if (refused != 0) return fail(refused);
    reports_ = protocols_.reports();
    const auto& of_namespaces = namespaces_.reports();
    reports_.insert(reports_.end(), of_namespaces.begin(), of_namespaces.end());
    const bool sees_others = report_processes();
    translations_.open();
    tier_ = namespaces_.own()->notices.is_open() && sees_others ? "C" : "D";
    reports_.insert(reports_.end(), std::begin(kNotSeen), std::end(kNotSeen));
    return true;
  }

  bool start(Deliver deliver) override {
    reader_ = std::make_unique<NetlinkReader>(namespaces_, protocols_, options_, deliver);
    if (reader_->start()) {
      translations_.start(std::move(deliver));
      return true;
    }
    failure_ = {"UNSUPPORTED", "The system has no more file descriptors or threads."};
    return false;
  }

  void close() override {
    if (reader_ == nullptr) return;
    translations_.stop();
    reader_->stop();
    last_account_ = account();
    reader_.reset();
    namespaces_.close();
  }

  const Failure& failure() const override { return failure_; }
  std::vector<PartReport> reports() const override {
    std::vector<PartReport> all = reports_;
    const auto of_translations = translations_.reports();
    all.insert(all.end(), of_translations.begin(), of_translations.end());
    return all;
  }

  /** C: exact ends, and owners of all users; D: not so. */
  std::string tier() const override { return tier_; }

  /** What opens the sockets of containers that are started later, and finds whose they are. */
  std::vector<std::string> capabilities() const override {
    std::vector<std::string> needed = {"CAP_NET_ADMIN", "CAP_SYS_PTRACE"};
    if (namespaces_.can_enter()) needed.push_back("CAP_SYS_ADMIN");
    // Only they can list another user's open files by /proc/PID/fd alone.
    if (!proc_files::fdinfo_shows_inodes()) needed.push_back("CAP_DAC_READ_SEARCH");
    return needed;
  }

  void tell_translations() override { translations_.tell_again(); }

  Account account() const override {
    if (reader_ == nullptr) return last_account_;
    Account account;
    const Progress& progress = reader_->progress();
    const WatchLosses& losses = reader_->losses();
    // Delivered first: what is delivered meanwhile then shows as still in the buffer, never as too much.
    account.delivered = progress.delivered;
    account.produced = progress.made;
    account.buffered = account.produced - account.delivered;
    drop(account, "notices overflowed", losses.notices);
    drop(account, "socket table full", losses.sockets);
    drop(account, "netlink message unreadable", losses.unreadable);
    drop(account, "network namespace left out", namespaces_.left_out());
    translations_.add_to(account);
    return account;
  }

 private:
  static void drop(Account& account, const char* reason, uint64_t count) {
    account.dropped.emplace_back(reason, count);
    account.produced += count;
  }

  bool fail(int error) {
    failure_ = {error == EPERM || error == EACCES ? "PERMISSION" : "UNSUPPORTED",
                "The kernel does not list its sockets (sock_diag): " + std::string(strerror(error)) +
                    ". It needs CONFIG_INET_DIAG, and a seccomp profile may forbid it."};
    return false;
  }

  /** Returns whether other users' processes can be seen. */
  bool report_processes() {
    SocketHolders holders;
    holders.walk();
    const bool sees_all = holders.refused() == 0;
    const bool sees_others = sees_all || has_capability(CAP_SYS_PTRACE);
    reports_.push_back({"other_processes", "processes of other users", sees_others ? "attached" : "failed",
                        sees_others ? "" : "root or CAP_SYS_PTRACE is needed to see their open files"});
    if (sees_others && !sees_all) {
      reports_.push_back({"hidden_processes", "processes that nobody may look into", "failed",
                          "the open files of " + std::to_string(holders.refused()) + " cannot be seen"});
    }
    return sees_others;
  }

  const SourceOptions options_;
  NetworkNamespaces namespaces_;
  DiagProtocols protocols_;
  std::unique_ptr<NetlinkReader> reader_;
  TranslationWatch translations_{options_.ring_bytes};
  std::vector<PartReport> reports_;
  std::string tier_;
  Failure failure_;
  Account last_account_;
};

}  // namespace

std::unique_ptr<RecordSource> make_netlink_source(const SourceOptions& options) {
  return std::make_unique<NetlinkSource>(options);
}
