#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

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
  /** Notices that the kernel had to throw away because nobody took them in time. */
  uint64_t dropped() const;

 private:
  int send(uint16_t type, uint16_t flags, const void* body, size_t size);
  DumpResult receive(const Take& take, bool is_dump);

  int fd_ = -1;
  uint32_t port_ = 0;
  uint32_t sequence_ = 0;
  std::vector<uint8_t> buffer_;
};

/** Calls `take(const rtattr&)` for every attribute in `size` bytes. False when they do not end with one. */
template <typename Take>
bool each_attribute(const void* bytes, size_t size, Take take) {
  const auto* at = static_cast<const uint8_t*>(bytes);
  while (size >= sizeof(rtattr)) {
    const auto* attribute = reinterpret_cast<const rtattr*>(at);
    if (attribute->rta_len < sizeof(rtattr) || attribute->rta_len > size) return false;
    take(*attribute);
    const size_t step = RTA_ALIGN(attribute->rta_len);
    if (step >= size) return true;
    at += step;
    size -= step;
  }
  return size == 0;
}

inline size_t payload_size(const rtattr& attribute) { return attribute.rta_len - RTA_LENGTH(0); }
inline const uint8_t* payload(const rtattr& attribute) {
  return reinterpret_cast<const uint8_t*>(&attribute) + RTA_LENGTH(0);
}

/** Copies an attribute's value; what is shorter leaves the rest of `value` as it was, so that older kernels are read. */
template <typename Value>
void read_attribute(const rtattr& attribute, Value& value) {
  const size_t size = payload_size(attribute);
  memcpy(&value, payload(attribute), size < sizeof value ? size : sizeof value);
}

/** What follows a message's fixed part of type `Body`; null when the message is too short for it. */
template <typename Body>
const Body* message_body(const nlmsghdr& message) {
  if (message.nlmsg_len < NLMSG_LENGTH(sizeof(Body))) return nullptr;
  return reinterpret_cast<const Body*>(reinterpret_cast<const uint8_t*>(&message) + NLMSG_HDRLEN);
}

/** Calls `take` for every attribute after a message's fixed part. False when they are malformed. */
template <typename Body, typename Take>
bool each_attribute_after(const nlmsghdr& message, Take take) {
  const size_t start = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Body));
  if (message.nlmsg_len <= start) return true;
  return each_attribute(reinterpret_cast<const uint8_t*>(&message) + start, message.nlmsg_len - start, take);
}

/** A request's body with attributes after it. */
class NetlinkRequest {
 public:
  template <typename Body>
  explicit NetlinkRequest(const Body& body) {
    append(&body, sizeof body);
  }

  template <typename Value>
  NetlinkRequest& with(uint16_t type, const Value& value) {
    const rtattr header = {static_cast<unsigned short>(RTA_LENGTH(sizeof value)), type};
    append(&header, sizeof header);
    append(&value, sizeof value);
    return *this;
  }

  const void* data() const { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }

 private:
  void append(const void* from, size_t size) {
    const auto* bytes = static_cast<const uint8_t*>(from);
    bytes_.insert(bytes_.end(), bytes, bytes + size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }

  std::vector<uint8_t> bytes_;
};
