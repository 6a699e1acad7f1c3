#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "netlink_message.h"

/** How a dump ended. */
struct DumpResult {
  /** A positive errno; 0: the kernel said that it was done. */
  int error = 0;
  /** What was dumped changed meanwhile: something may be missing or twice. */
  bool interrupted = false;
  /** Messages that were not what the kernel's headers say; none was read past its end. */
  uint64_t unreadable = 0;
};

/** A netlink socket of the network namespace in which it was opened. Every answer is checked against its own length. */
class NetlinkSocket {
 public:
  /** Gets one whole message. */
  using Take = std::function<void(const nlmsghdr& message)>;

  NetlinkSocket() = default;
  ~NetlinkSocket() { close(); }
  NetlinkSocket(NetlinkSocket&& other) noexcept;
  NetlinkSocket& operator=(NetlinkSocket&& other) noexcept;

  /** Returns a positive errno, 0 for success. */
  int open(int protocol);
  /** Takes over a socket that another made, perhaps in another namespace. Returns a positive errno, 0 for success. */
  int adopt(int fd);
  void close();
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  /** Sends `size` bytes of `body` and hands over every message of the answer. */
  DumpResult dump(uint16_t type, const void* body, size_t size, const Take& take);
  /** Asks for one thing. Returns the kernel's positive errno, or 0 when it answered with a message. */
  int ask(uint16_t type, const void* body, size_t size, const Take& take);
  /** Has something done. Returns the kernel's positive errno, 0 for success. */
  int tell(uint16_t type, const void* body, size_t size);

  /** Joins a group of notices. Returns a positive errno, 0 for success. */
  int join(uint32_t group);
  void set_receive_buffer(uint32_t bytes);
  /** Hands over the notices that wait, about `at_most` of them; returns how many made no sense. */
  uint64_t take_notices(size_t at_most, const Take& take);
  /** Whether the latest take_notices left none. */
  bool has_taken_all() const { return has_taken_all_; }
  /** Notices that the kernel had to throw away because nobody took them in time. */
  uint64_t dropped() const;

 private:
  int send(uint16_t type, uint16_t flags, const void* body, size_t size);
  DumpResult receive(const Take& take, bool is_dump);

  int fd_ = -1;
  uint32_t port_ = 0;
  uint32_t sequence_ = 0;
  bool has_taken_all_ = false;
  std::vector<uint8_t> buffer_;
};
