#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstring>
#include <vector>

/* Reading netlink messages without ever reading past their end, and writing requests. netlink(7), rtnetlink(3). */

/** Walks the messages in `size` bytes until `take` returns false. Returns how many made no sense. */
template <typename Take>
uint64_t each_message(const uint8_t* at, size_t size, Take take) {
  while (size >= sizeof(nlmsghdr)) {
    const auto* message = reinterpret_cast<const nlmsghdr*>(at);
    if (message->nlmsg_len < sizeof(nlmsghdr) || message->nlmsg_len > size) return 1;
    if (!take(*message)) return 0;
    const size_t step = NLMSG_ALIGN(message->nlmsg_len);
    if (step >= size) return 0;
    at += step;
    size -= step;
  }
  return size == 0 ? 0 : 1;
}

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
