#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "link_message.h"
#include "network_namespaces.h"
#include "record_layout.h"

/** Totals and state of the network interfaces of all namespaces. */
class InterfaceCounters {
 public:
  using Take = std::function<void(const interface_record& record)>;

  explicit InterfaceCounters(NetworkNamespaces& namespaces) : namespaces_(namespaces) {}

  /** Reads every interface of every namespace that is known. About 5 µs an interface. */
  void visit(const Take& take);
  /** Answers of the kernel that made no sense. */
  uint64_t unreadable() const { return unreadable_; }

 private:
  /** What a driver said of its link, asked again only when the link changes, because some ask their hardware. */
  struct Speed {
    uint32_t flags = 0;
    uint32_t oper_state = 0;
    int64_t read_at = 0;
    uint64_t bits_per_second = 0;
    uint32_t duplex = DUPLEX_UNKNOWN;
    bool seen = false;
  };

  /** `asked`: the namespace whose socket is asked and that knows others by `id`; negative: `in` itself is asked. */
  DumpResult visit_links(NetworkNamespace& asked, int32_t id, const NetworkNamespace& in, const Take& take);
  void visit_unentered(const NetworkNamespace& in, const Take& take);
  void add_speed(const NetworkNamespace& in, interface_record& record);
  static void add_known_speed(const LinkMessage& link, interface_record& record);

  NetworkNamespaces& namespaces_;
  /** By namespace and index. */
  std::unordered_map<uint64_t, Speed> speeds_;
  uint64_t unreadable_ = 0;
};
