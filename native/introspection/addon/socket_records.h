#pragma once

#include <cstdint>
#include <functional>

#include "known_socket.h"
#include "record_layout.h"

/** Makes the records of one network namespace's sockets. Datagrams are never counted: nobody knows how many there were. */
class SocketRecords {
 public:
  using Tell = std::function<void(const void* record, size_t size)>;

  SocketRecords(uint32_t netns, Tell tell) : netns_(netns), tell_(std::move(tell)) {}

  void begun(const KnownSocket& socket) const;
  /** `is_broken`: not by its own end and its peer's, and nobody knows why. */
  void ended(const KnownSocket& socket, bool is_broken) const;
  /** A SYN that led to nothing. */
  void failed(const KnownSocket& socket) const;
  /** So many segments were sent again since that was told last. */
  void sent_again(const KnownSocket& socket, uint32_t count) const;
  void has_owner(const KnownSocket& socket) const;
  /** How it is now. */
  void lives(const KnownSocket& socket) const;
  void listens(const KnownSocket& socket) const;

 private:
  tcp_record tcp(record_kind kind, const KnownSocket& socket) const;
  void tell_datagrams(datagram_phase phase, const KnownSocket& socket) const;

  const uint32_t netns_;
  const Tell tell_;
};
