#include "netlink_socket.h"

#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace {

/** The kernel makes the parts of a dump no larger than this (net/netlink/af_netlink.c, netlink_recvmsg). */
constexpr size_t kBufferBytes = 32 * 1024;
/** Notices taken with one system call. */
constexpr unsigned kNoticesAtOnce = 32;
constexpr size_t kNoticeBytes = kBufferBytes / kNoticesAtOnce;
/** The kernel answers at once; this only keeps a thread from waiting for ever. */
constexpr timeval kPatience = {2, 0};

/** The errno that an NLMSG_ERROR, or the end of a dump, holds. */
int error_of(const nlmsghdr& message) {
  const auto* error = message_body<int>(message);
  return error == nullptr ? 0 : -*error;
}

}  // namespace

NetlinkSocket::NetlinkSocket(NetlinkSocket&& other) noexcept { *this = std::move(other); }

NetlinkSocket& NetlinkSocket::operator=(NetlinkSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(port_, other.port_);
  std::swap(sequence_, other.sequence_);
  std::swap(has_taken_all_, other.has_taken_all_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

int NetlinkSocket::open(int protocol) {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  return fd < 0 ? errno : adopt(fd);
}

int NetlinkSocket::adopt(int fd) {
  close();
  fd_ = fd;
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  socklen_t length = sizeof address;
  if (bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length) != 0 ||
      setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) != 0) {
    const int error = errno;
    close();
    return error;
  }
  port_ = address.nl_pid;
  return 0;
}

void NetlinkSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  buffer_.clear();
  buffer_.shrink_to_fit();
}

int NetlinkSocket::send(uint16_t type, uint16_t flags, const void* body, size_t size) {
  nlmsghdr header = {};
  header.nlmsg_len = NLMSG_LENGTH(size);
  header.nlmsg_type = type;
  header.nlmsg_flags = NLM_F_REQUEST | flags;
  header.nlmsg_seq = ++sequence_;
  iovec parts[] = {{&header, sizeof header}, {const_cast<void*>(body), size}};
  sockaddr_nl kernel = {};
  kernel.nl_family = AF_NETLINK;
  msghdr message = {};
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return sendmsg(fd_, &message, 0) < 0 ? errno : 0;
}

DumpResult NetlinkSocket::dump(uint16_t type, const void* body, size_t size, const Take& take) {
  const int error = send(type, NLM_F_DUMP, body, size);
  if (error != 0) return {error, false, 0};
  return receive(take, true);
}

int NetlinkSocket::ask(uint16_t type, const void* body, size_t size, const Take& take) {
  const int error = send(type, 0, body, size);
  return error != 0 ? error : receive(take, false).error;
}

int NetlinkSocket::tell(uint16_t type, const void* body, size_t size) {
  const int error = send(type, NLM_F_ACK, body, size);
  return error != 0 ? error : receive([](const nlmsghdr&) {}, false).error;
}

DumpResult NetlinkSocket::receive(const Take& take, bool is_dump) {
  DumpResult result;
  buffer_.resize(kBufferBytes);
  for (;;) {
    sockaddr_nl sender = {};
    socklen_t length = sizeof sender;
    const ssize_t size = recvfrom(fd_, buffer_.data(), buffer_.size(), MSG_TRUNC, reinterpret_cast<sockaddr*>(&sender),
                                  &length);
    if (size < 0) {
      if (errno == EINTR) continue;
      result.error = errno == EAGAIN ? ETIMEDOUT : errno;
      return result;
    }
    // Any process may send to a netlink socket; port 0 is the kernel.
    if (sender.nl_pid != 0) continue;
    if (static_cast<size_t>(size) > buffer_.size()) {
      result.unreadable++;
      result.error = EMSGSIZE;
      return result;
    }
    bool done = false;
    result.unreadable += each_message(buffer_.data(), size, [&](const nlmsghdr& message) {
      // What an earlier request, broken off, left behind.
      if (message.nlmsg_seq != sequence_ || message.nlmsg_pid != port_) return true;
      if (message.nlmsg_flags & NLM_F_DUMP_INTR) result.interrupted = true;
      if (message.nlmsg_type == NLMSG_ERROR || message.nlmsg_type == NLMSG_DONE) {
        result.error = error_of(message);
        done = true;
        return false;
      }
      take(message);
      done = !is_dump;
      return is_dump;
    });
    if (done) return result;
    if (result.unreadable > 0) {
      result.error = EBADMSG;
      return result;
    }
  }
}

int NetlinkSocket::join(uint32_t group) {
  return setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) == 0 ? 0 : errno;
}

void NetlinkSocket::set_receive_buffer(uint32_t bytes) {
  // The first needs CAP_NET_ADMIN and may exceed net.core.rmem_max; the second gives what everybody may have.
  if (setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    (void)setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

uint64_t NetlinkSocket::take_notices(size_t at_most, const Take& take) {
  uint64_t unreadable = 0;
  buffer_.resize(kBufferBytes);
  has_taken_all_ = false;
  for (size_t taken = 0; taken < at_most; taken += kNoticesAtOnce) {
    mmsghdr messages[kNoticesAtOnce] = {};
    iovec parts[kNoticesAtOnce];
    sockaddr_nl senders[kNoticesAtOnce] = {};
    for (unsigned i = 0; i < kNoticesAtOnce; i++) {
      parts[i] = {buffer_.data() + i * kNoticeBytes, kNoticeBytes};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_name = &senders[i];
      messages[i].msg_hdr.msg_namelen = sizeof senders[i];
    }
    const int count = recvmmsg(fd_, messages, kNoticesAtOnce, MSG_DONTWAIT, nullptr);
    if (count < 0) {
      // ENOBUFS says once that notices were dropped; those that are there can still be taken. dropped() counts them.
      if (errno == EINTR || errno == ENOBUFS) continue;
      has_taken_all_ = errno == EAGAIN;
      return unreadable;
    }
    for (int i = 0; i < count; i++) {
      if (senders[i].nl_pid != 0) continue;
      if (messages[i].msg_hdr.msg_flags & MSG_TRUNC) {
        unreadable++;
        continue;
      }
      unreadable += each_message(buffer_.data() + i * kNoticeBytes, messages[i].msg_len, [&](const nlmsghdr& message) {
        take(message);
        return true;
      });
    }
    if (count < static_cast<int>(kNoticesAtOnce)) {
      has_taken_all_ = true;
      return unreadable;
    }
  }
  return unreadable;
}

uint64_t NetlinkSocket::dropped() const {
  uint32_t values[SK_MEMINFO_VARS] = {};
  socklen_t length = sizeof values;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, values, &length) != 0) return 0;
  return values[SK_MEMINFO_DROPS];
}
