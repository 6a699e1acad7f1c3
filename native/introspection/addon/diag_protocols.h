#pragma once

#include <cstdint>
#include <vector>

#include "netlink_socket.h"
#include "record_source.h"

/** A protocol whose sockets the kernel may list. */
struct DiagProtocol {
  uint8_t number;
  const char* name;
  const char* purpose;
  /** In /proc/net/protocols; null: every kernel has it. */
  const char* kernel_name;
  /** Of its sockets these, in this order: what listens tells which connections were accepted. */
  std::vector<uint32_t> states;
};

/** The protocols whose sockets this kernel lists. */
class DiagProtocols {
 public:
  /** Tries all of them. Returns a positive errno when not even TCP can be listed, else 0. */
  int open(NetlinkSocket& socket);
  /** A module may have been loaded meanwhile. To be called about once a minute: asking can start modprobe. */
  void try_again(NetlinkSocket& socket);

  const std::vector<const DiagProtocol*>& listed() const { return listed_; }
  const std::vector<PartReport>& reports() const { return reports_; }

 private:
  std::vector<const DiagProtocol*> listed_;
  std::vector<PartReport> reports_;
};
