#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "datagram_conversations.h"

class LoadedPrograms;

/** What one look at all sockets found. */
struct LookAtSockets {
  /** A look that broke off says nothing of what is gone. */
  bool is_complete = false;
  /** Records of listeners and of conversations, one after another. */
  std::vector<uint8_t> records;
  uint32_t listeners = 0;
  uint32_t conversations = 0;
  /** Some process has accepted a connection, and none is known to have it. */
  bool has_ownerless = false;
  PacketSockets packet_sockets;
};

/**
 * Looks at all sockets that the kernel programs know, and misses none that listens. The kernel hands over in parts what
 * it finds, and finds its place again by counting (net/core/bpf_sk_storage.c, bpf_sk_storage_map_seq_find_next): when
 * sockets are closed between two parts, as many others are left out; where some are opened, others come twice. So there
 * is a list of what listens, short enough for one part; what it has and the look misses is told as it was.
 */
class LivingSockets {
 public:
  LookAtSockets look(LoadedPrograms& programs);

 private:
  /** By cookie. */
  using Listeners = std::unordered_map<uint64_t, listener_record>;
  using Cookies = std::unordered_set<uint64_t>;

  bool list(LoadedPrograms& programs, Cookies& listening, Cookies& packet_sockets);
  void keep_once(uint64_t cookie, Cookies& listed, Cookies& doubted) const;
  bool is_known(uint64_t cookie, const Listeners& seen) const;

  Listeners last_;
  Cookies last_packet_sockets_;
  /** Missing in the last list, and kept all the same. */
  Cookies doubted_;
};
