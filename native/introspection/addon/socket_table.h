#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "known_socket.h"
#include "network_namespaces.h"
#include "routes.h"
#include "socket_holders.h"
#include "socket_records.h"

/** What a socket table tells and whom it asks; shared by the tables of all namespaces. */
struct SocketTableSurroundings {
  SocketRecords::Tell tell;
  SocketHolders& holders;
  Routes& routes;
  /** In all tables, and those for which there was no room. */
  size_t& known;
  std::atomic<uint64_t>& left_out;
};

class SocketTable;

/** What a look leaves to be done. */
struct LookResult {
  using Sockets = std::vector<std::pair<SocketTable*, KnownSocket*>>;

  /** Conversations whose beginning may be told, see `is_ready`. */
  Sockets begun;
  /** Sockets that some process has, and whose owner is not known. */
  Sockets unowned;
};

/**
 * The sockets of one network namespace. Looks at all of them tell what began, changed and is gone; the kernel's notices
 * tell the exact end, also of what no look has seen.
 */
class SocketTable {
 public:
  /** `is_first`: what is there at the first look is older than the watch. */
  SocketTable(NetworkNamespace& in, bool is_first, SocketTableSurroundings surroundings)
      : in_(in),
        is_first_(is_first),
        surroundings_(surroundings),
        records_(in.inode, std::move(surroundings.tell)) {}
  ~SocketTable();
  SocketTable(const SocketTable&) = delete;
  SocketTable& operator=(const SocketTable&) = delete;

  void begin_look();
  void see(const DiagSocket& found);
  /** Call before each round of notices. */
  void begin_notices() { may_look_for_listeners_ = true; }
  /** Takes a notice. */
  void destroyed(const DiagSocket& socket);
  /** Ends a look that was complete: what it missed is gone. */
  void end_look(LookResult& result);
  /** The namespace is gone: so are its sockets. */
  void end_all();

  /** Whether all is known of a conversation's beginning that will be in a moment. */
  static bool is_ready(const KnownSocket& socket);
  void tell_begin(KnownSocket& socket);
  void tell_owner(const KnownSocket& socket);
  /** Counters of living conversations that changed, and everything that listens; counts what there is. */
  void tell_all(sweep_record& counts);

  template <typename Visit>
  void each(Visit visit) {
    for (auto& [cookie, socket] : sockets_) visit(socket);
  }

 private:
  using Sockets = std::unordered_map<uint64_t, KnownSocket>;

  void begin_anew(KnownSocket& socket, const DiagSocket& found);
  bool decide_side(KnownSocket& socket);
  bool listens_on(const DiagSocket& socket) const;
  void count_listener(const KnownSocket& socket, int change);
  bool is_gone(KnownSocket& socket);
  void end_unnoticed(KnownSocket& socket);
  void end_noticed(KnownSocket& socket, const DiagSocket& gone);
  void decide_side_at_end(KnownSocket& socket, const DiagSocket& gone);
  void look_for_listeners();
  bool take_last_counters(KnownSocket& socket, const DiagSocket& gone) const;
  void lived_between(const DiagSocket& gone);
  void tell_retransmits(KnownSocket& socket);
  void tell_failure(KnownSocket& socket, const DiagSocket* gone);
  Sockets::iterator erase(Sockets::iterator at);

  NetworkNamespace& in_;
  bool is_first_;
  bool may_look_for_listeners_ = true;
  const SocketTableSurroundings surroundings_;
  const SocketRecords records_;
  Sockets sockets_;
  /** How many sockets listen, by protocol and port. */
  std::unordered_map<uint32_t, int> listeners_;
  size_t ended_ = 0;
  uint32_t look_ = 0;
};
