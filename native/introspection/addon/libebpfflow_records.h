#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <unordered_map>

#include "known_processes.h"
#include "libebpfflow_sighting.h"
#include "record_layout.h"

/** Conversations as ntop's library tells of them, turned into records. Used by one thread. */
class LibebpfflowRecords {
 public:
  using Tell = std::function<void(const void* record, size_t size)>;

  /** `tell` gets what a sighting becomes, `tell_more` what is told besides: processes, ends of what went idle. */
  LibebpfflowRecords(Tell tell, Tell tell_more);

  /** Sightings come in the order in which things began. Returns COUNT when it was told. */
  LibebpfflowDrop take(const Sighting& sighting);
  /** Ended processes, idle UDP conversations; call it about once a second. */
  void look_back(uint64_t now_ns);

 private:
  struct Key {
    uint8_t local_address[ADDRESS_LENGTH];
    uint8_t remote_address[ADDRESS_LENGTH];
    uint16_t local_port;
    uint16_t remote_port;
    uint32_t protocol;

    bool operator==(const Key& other) const;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Conversation {
    owner_fields owner = {};
    KnownProcesses::Identity identity;
    uint32_t side = SIDE_UNKNOWN;
    uint64_t first_ns = 0;
    uint64_t last_ns = 0;
    char interface[INTERFACE_NAME_LENGTH] = {};
    /** Of TCP: its end was told. It stays a moment, so that the end is not told twice. */
    bool ended = false;
    std::list<Key>::iterator use;
  };

  static Key key_of(const Sighting& sighting);
  LibebpfflowDrop opened(const Sighting& sighting, uint16_t kind);
  LibebpfflowDrop went_on(const Sighting& sighting, uint16_t kind);
  LibebpfflowDrop datagram(const Sighting& sighting);
  /** Whether the task has the socket that sent: a datagram may leave in the context of any task. */
  bool is_sender(const SeenTask& task, const Sighting& sighting);
  void own(Conversation& conversation, const SeenTask& task, const Sighting& sighting);
  /** The owner, unless its pid has become another process's. */
  owner_fields owner_now(const Conversation& conversation) const;
  void tell_tcp(const Sighting& sighting, uint16_t kind, const Conversation& conversation) const;
  void tell_datagram(const Tell& tell, const Key& key, const Conversation& conversation, uint32_t phase) const;
  /** Null when it is not known, or ended a while before `now_ns`. */
  Conversation* find(const Key& key, uint64_t now_ns);
  Conversation& make(const Key& key, uint64_t now_ns);

  const Tell tell_;
  const Tell tell_more_;
  KnownProcesses processes_;
  std::unordered_map<Key, Conversation, KeyHash> conversations_;
  /** The one used latest in front. */
  std::list<Key> uses_;
  /** Process and port → when the process was last seen to have a UDP socket there. */
  std::unordered_map<uint64_t, uint64_t> senders_;
};
