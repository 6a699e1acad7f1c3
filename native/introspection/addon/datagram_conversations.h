#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "datagram_table.h"

/** AF_PACKET sockets that live, as of a time. */
struct PacketSockets {
  uint64_t time_ns = 0;
  std::unordered_set<uint64_t> cookies;
};

/** Turns the kernel's table of UDP conversations into `update` and `end` records. Used by the reading thread only. */
class DatagramConversations {
 public:
  explicit DatagramConversations(int map) : map_(map) {}

  /** The socket is used by another process than its conversations say. */
  void owner_changed(uint64_t cookie, const owner_fields& owner);
  /** The socket is gone: its conversations end with the next drain. */
  void closed(uint64_t cookie) { closed_.insert(cookie); }

  /** Conversations of AF_PACKET sockets that are not among these, and are older, end with the next drain. */
  void living_are(PacketSockets sockets) { packet_sockets_ = std::move(sockets); }

  /** Tells what changed since the last drain; ended and idle conversations are deleted. */
  void drain(const std::function<void(const datagram_record&)>& tell);

 private:
  void visit(const datagram_key& key, const datagram_conversation& conversation, uint64_t now,
             const std::function<void(const datagram_record&)>& tell);
  datagram_record record_of(const datagram_key& key, const datagram_conversation& conversation, uint32_t phase) const;
  void end(const datagram_key& key, const datagram_conversation& last_seen,
           const std::function<void(const datagram_record&)>& tell);
  bool is_closed(const datagram_key& key, const datagram_conversation& conversation) const;
  bool has_changed(const datagram_key& key, const datagram_conversation& conversation) const;

  struct NewOwner {
    owner_fields owner;
    bool told = false;
    bool seen = false;
  };

  const int map_;
  std::unordered_map<uint64_t, NewOwner> new_owners_;
  std::unordered_set<uint64_t> closed_;
  PacketSockets packet_sockets_;
  std::vector<datagram_key> keys_;
  std::vector<datagram_conversation> values_;
  uint64_t last_drain_ns_ = 0;
  /** Of the drain before. */
  uint64_t conversations_ = 0;
  uint64_t idle_ns_ = 0;
};
