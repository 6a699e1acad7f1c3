#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "datagram_conversations.h"
#include "loaded_programs.h"

/** What one look at all sockets found. */
struct LookAtSockets {
  /** A look that broke off says nothing of what is gone. */
  bool is_complete = false;
  /** Records of listeners and of conversations, one after another. */
  std::vector<uint8_t> records;
  uint32_t listeners = 0;
  uint32_t conversations = 0;
  PacketSockets packet_sockets;
};

/**
 * Looks at all sockets that the kernel programs know. The kernel goes through them in parts, and finds its place again by
 * counting (net/core/bpf_sk_storage.c, bpf_sk_storage_map_seq_find_next): when many sockets are closed meanwhile it
 * leaves out as many others. So what was there the last time and is missing is looked for again at once, and counts as
 * gone only when the next look misses it, too.
 */
class LivingSockets {
 public:
  LookAtSockets look(LoadedPrograms& programs);

 private:
  /** What waits for connections or packets, by cookie. */
  struct Waiting {
    std::unordered_map<uint64_t, listener_record> listeners;
    std::unordered_set<uint64_t> packet_sockets;
  };

  SocketVisit visit(LoadedPrograms& programs, Waiting& waiting, LookAtSockets& found) const;
  bool misses(const Waiting& waiting) const;
  /** Tells once more of what was there in the last look, but was missing then already if it is in `missed_`. */
  void add_missed(Waiting& waiting, LookAtSockets& found);

  Waiting last_;
  std::unordered_set<uint64_t> missed_;
};
