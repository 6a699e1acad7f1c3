#pragma once

#include "beginnings.h"
#include "found_name.h"

/** Looks for names in packets one after another, and puts together what TCP has cut into pieces. */
class NameFinder {
 public:
  /** As `find_names`. */
  NameResult find(const Packet& packet, uint64_t time_ns, const NameSink& sink);
  /** Nothing more comes: what waits for more is unread. */
  void end() { beginnings_.end(); }
  /** Beginnings of connections in which there may have been more. */
  uint64_t unread() const { return beginnings_.unread(); }

 private:
  NameResult go_on(Beginning& beginning, const Packet& packet, uint64_t time_ns, const NameSink& sink);
  Look look_at(const Packet& packet, Bytes bytes, size_t finished, uint32_t& told, const NameSink& sink);

  Beginnings beginnings_;
};
