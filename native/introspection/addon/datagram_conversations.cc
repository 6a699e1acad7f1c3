#include "datagram_conversations.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <cstring>

#include "batch.h"

namespace {

constexpr uint32_t kEntriesAtOnce = 1024;
constexpr uint64_t kIdleNs = 60'000'000'000;
/** Half of the table, and the time from there on: a flood from made-up addresses must not shut out everybody else. */
constexpr uint64_t kCrowd = 32'768;
constexpr uint64_t kIdleInCrowdNs = 2'000'000'000;
/** A datagram being counted while its conversation was read shows in the next drain, not never. */
constexpr uint64_t kOverlapNs = 20'000'000;

/** A refused datagram is taken off again, perhaps of a conversation that was ended and begun anew in between. */
uint64_t at_least_zero(uint64_t count) { return static_cast<int64_t>(count) < 0 ? 0 : count; }

}  // namespace

void DatagramConversations::owner_changed(uint64_t cookie, const owner_fields& owner) {
  new_owners_[cookie] = {owner, false, true};
}

void DatagramConversations::drain(const std::function<void(const datagram_record&)>& tell) {
  const uint64_t now = nanoseconds(CLOCK_MONOTONIC);
  keys_.resize(kEntriesAtOnce);
  values_.resize(kEntriesAtOnce);
  for (auto& [cookie, change] : new_owners_) change.seen = false;

  idle_ns_ = conversations_ > kCrowd ? kIdleInCrowdNs : kIdleNs;
  uint64_t conversations = 0;
  uint32_t position = 0;
  bool more = true;
  bool first = true;
  while (more) {
    uint32_t entries = kEntriesAtOnce;
    const int error = -bpf_map_lookup_batch(map_, first ? nullptr : &position, &position, keys_.data(),
                                            values_.data(), &entries, nullptr);
    // Whatever was not seen is asked for again next time.
    if (error != 0 && error != ENOENT) return;
    conversations += entries;
    for (uint32_t i = 0; i < entries; i++) visit(keys_[i], values_[i], now, tell);
    more = error == 0;
    first = false;
  }

  conversations_ = conversations;
  closed_.clear();
  // What has no conversation left needs no correction: the kernel gives new ones the new owner by itself.
  for (auto it = new_owners_.begin(); it != new_owners_.end();) {
    it->second.told = true;
    it = it->second.seen ? std::next(it) : new_owners_.erase(it);
  }
  last_drain_ns_ = now;
}

void DatagramConversations::visit(const datagram_key& key, const datagram_conversation& conversation, uint64_t now,
                             const std::function<void(const datagram_record&)>& tell) {
  const auto change = new_owners_.find(key.cookie);
  if (change != new_owners_.end()) change->second.seen = true;

  if (is_closed(key, conversation) || (now > conversation.last_ns && now - conversation.last_ns > idle_ns_)) {
    end(key, conversation, tell);
  } else if (has_changed(key, conversation)) {
    tell(record_of(key, conversation, PHASE_UPDATE));
  }
}

bool DatagramConversations::is_closed(const datagram_key& key, const datagram_conversation& conversation) const {
  if (key.protocol != PROTOCOL_PACKET) return closed_.count(key.cookie) != 0;
  return conversation.first_ns < packet_sockets_.time_ns && packet_sockets_.cookies.count(key.cookie) == 0;
}

bool DatagramConversations::has_changed(const datagram_key& key, const datagram_conversation& conversation) const {
  const auto change = new_owners_.find(key.cookie);
  if (change != new_owners_.end() && !change->second.told) return true;
  // The record of its first datagram has told everything.
  const uint64_t packets = conversation.packets_sent + conversation.packets_received;
  if (conversation.told_packets != 0 && packets == conversation.told_packets) return false;
  return conversation.last_ns + kOverlapNs >= last_drain_ns_;
}

void DatagramConversations::end(const datagram_key& key, const datagram_conversation& last_seen,
                           const std::function<void(const datagram_record&)>& tell) {
  datagram_conversation final = last_seen;
  // Kernels before 5.14 cannot read and delete in one step.
  if (bpf_map_lookup_and_delete_elem(map_, &key, &final) != 0) {
    if (errno == ENOENT) return;
    bpf_map_lookup_elem(map_, &key, &final);
    bpf_map_delete_elem(map_, &key);
  }
  tell(record_of(key, final, PHASE_END));
}

datagram_record DatagramConversations::record_of(const datagram_key& key, const datagram_conversation& conversation,
                                       uint32_t phase) const {
  datagram_record record = {};
  record.header = {sizeof record, RECORD_VERSION, RECORD_DATAGRAMS, conversation.last_ns};
  record.socket.cookie = key.cookie;
  memcpy(record.socket.local_address, key.local_address, ADDRESS_LENGTH);
  memcpy(record.socket.remote_address, key.remote_address, ADDRESS_LENGTH);
  record.socket.local_port = key.local_port;
  record.socket.remote_port = key.remote_port;
  record.socket.netns = conversation.netns;
  record.socket.interface_index = conversation.interface_index;
  record.socket.side = conversation.side;
  record.socket.protocol = key.protocol;
  record.socket.flags = conversation.flags;
  memcpy(record.socket.interface_name, conversation.interface_name, INTERFACE_NAME_LENGTH);
  const auto change = new_owners_.find(key.cookie);
  record.owner = change == new_owners_.end() ? conversation.owner : change->second.owner;
  record.first_time_ns = conversation.first_ns;
  record.bytes_sent = conversation.bytes_sent;
  record.bytes_received = at_least_zero(conversation.bytes_received);
  record.packets_sent = conversation.packets_sent;
  record.packets_received = at_least_zero(conversation.packets_received);
  record.phase = phase;
  return record;
}
