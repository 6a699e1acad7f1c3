#include <linux/capability.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "diag_protocols.h"
#include "host.h"
#include "netlink_reader.h"
#include "network_namespaces.h"
#include "record_source.h"
#include "socket_holders.h"

namespace {

/** What only the kernel's own events show. */
const PartReport kNotSeen[] = {
    {"datagram_counters", "bytes and packets of UDP and other datagrams", "not here",
     "sock_diag does not count them; the source ebpf does"},
    {"short_lived_owners", "processes of connections that live only a moment", "not here",
     "a process is found while it has the socket open; the source ebpf names it at once"},
    {"handshakes", "connection times, sequence numbers, single retransmissions and resets", "not here",
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
    report_processes();
    reports_.insert(reports_.end(), std::begin(kNotSeen), std::end(kNotSeen));
    return true;
  }

  bool start(Deliver deliver) override {
    reader_ = std::make_unique<NetlinkReader>(namespaces_, protocols_, options_, std::move(deliver));
    if (reader_->start()) return true;
    failure_ = {"UNSUPPORTED", "The system has no more file descriptors or threads."};
    return false;
  }

  void close() override {
    if (reader_ == nullptr) return;
    reader_->stop();
    last_account_ = account();
    reader_.reset();
    namespaces_.close();
  }

  const Failure& failure() const override { return failure_; }
  const std::vector<PartReport>& reports() const override { return reports_; }

  /** To list other users' open files, to enter namespaces that come later and to be told of what ends there. */
  std::vector<std::string> capabilities() const override {
    return {"CAP_DAC_READ_SEARCH", "CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"};
  }

  std::string tier() const override {
    const NetworkNamespace* own = namespaces_.own();
    return own != nullptr && own->notices.is_open() ? "C" : "D";
  }

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

  void report_processes() {
    SocketHolders holders;
    holders.walk();
    const bool may_look = has_capability(CAP_SYS_PTRACE);
    const bool all = holders.refused() == 0;
    reports_.push_back({"other_processes", "processes of other users", all || may_look ? "attached" : "failed",
                        all || may_look ? "" : "root or CAP_SYS_PTRACE is needed to see their open files"});
    if (all || !may_look) return;
    reports_.push_back({"hidden_processes", "processes that nobody may look into", "failed",
                        "the open files of " + std::to_string(holders.refused()) + " cannot be seen"});
  }

  const SourceOptions options_;
  NetworkNamespaces namespaces_;
  DiagProtocols protocols_;
  std::unique_ptr<NetlinkReader> reader_;
  std::vector<PartReport> reports_;
  Failure failure_;
  Account last_account_;
};

}  // namespace

std::unique_ptr<RecordSource> make_netlink_source(const SourceOptions& options) {
  return std::make_unique<NetlinkSource>(options);
}
