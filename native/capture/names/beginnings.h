#pragma once

#include "flow_key.h"
#include "found_name.h"
#include "mapped_memory.h"

/**
 * The first bytes of one direction of a TCP connection, put together from its segments. The first one has to come first,
 * since nothing else says where a connection begins that was there before the capture; the others come in whatever order.
 * What a look has finished makes room for more. All zeros: it is none.
 */
class Beginning {
 public:
  enum class Added {
    /** Nothing new that joins the bytes that there are. */
    kNothing,
    kMore,
    /** Too many pieces came early: what was in this one is lost. */
    kNoRoom,
  };

  /** A ClientHello with the keys of several kinds of cryptography, a request with its cookies. */
  static constexpr size_t kCapacity = 8192;

  /** With what `look` at the packet's payload has left. */
  void begin(uint64_t hash, const Packet& packet, const Look& look, uint32_t now_s);
  bool is_of(uint64_t hash, const Packet& packet, uint32_t now_s) const;
  Added add(const Packet& packet);
  /** Whether `add` has brought what the look before has waited for. Each byte is looked at a few times, however it comes. */
  bool is_worth_a_look() const;
  /** Drops what `look` at these bytes has finished, and waits for the rest. False: in vain. */
  bool go_on(const Look& look, uint32_t now_s);
  void forget() { until_s_ = 0; }

  Bytes bytes() const { return Bytes(data_, parts_[0].end); }
  /** How many bytes in front of these earlier looks have finished. */
  size_t finished() const { return finished_; }
  bool is_kept() const { return until_s_ > 0; }
  uint32_t until_s() const { return until_s_; }

  /** Kinds of names that were told of it, bit by bit. */
  uint32_t told;

 private:
  struct Part {
    uint32_t start;
    uint32_t end;
  };

  /** The beginning, and what came early. */
  static constexpr size_t kParts = 4;
  /** Whoever sends a hello or a request in pieces sends them without a pause. */
  static constexpr uint32_t kSeconds = 20;
  /** That finish nothing. */
  static constexpr uint32_t kMostLooks = 8;
  /** A part of a hello may have a name, too, but not each byte more of it. */
  static constexpr size_t kLeastDoubled = 512;
  /** Segments from here back are known to be sent again. */
  static constexpr uint32_t kMostFinished = 1 << 30;

  bool is_full() const { return parts_[0].end == kCapacity; }
  Part* place_for(uint32_t start, uint32_t end);
  void join();
  void drop(uint32_t count);
  void wait_for(const Look& look, uint32_t now_s);

  uint64_t hash_;
  uint32_t until_s_;
  /** Of the first byte of `data_`. */
  uint32_t sequence_;
  uint32_t finished_;
  uint32_t looks_;
  /** The next look is when so many bytes are there, or 0: when another line has ended, which is searched from `added_` on. */
  uint32_t needed_;
  uint32_t added_;
  Part parts_[kParts];
  uint8_t data_[kCapacity];
};

/** A fixed number of beginnings that wait for their rest. */
class Beginnings {
 public:
  /** Null: nothing is kept of what this packet belongs to. */
  Beginning* find(const Packet& packet, uint64_t time_ns);
  /** Null: there is no memory. */
  Beginning* keep(const Packet& packet, const Look& look, uint64_t time_ns);
  /** One of these, or one that was not kept, is not read to its end. */
  void give_up(Beginning* beginning);
  /** Nothing more comes. */
  void end();
  /** Of one of these, after a look. It may be forgotten then. */
  void go_on(Beginning& beginning, const Look& look, uint64_t time_ns);
  /** How many were not read to their end; those whose rest does not come are among them once others take their places. */
  uint64_t unread() const { return unread_; }

 private:
  static constexpr size_t kSets = 128;
  static constexpr size_t kWays = 4;
  using Set = Beginning[kWays];

  uint64_t hash_of(const Packet& packet) const;

  const HashSeed seed_ = HashSeed::random();
  /** Taken when the first one is kept, and touched as more are. */
  MappedMemory memory_;
  Set* sets_ = nullptr;
  /** Nothing is waited for after this second, so that most packets need not be looked up. */
  uint32_t latest_until_s_ = 0;
  uint64_t unread_ = 0;
};
