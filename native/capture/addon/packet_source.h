#pragma once

#include <pcap/pcap.h>

#include <memory>
#include <string>

#include "failure.h"

struct SourceOptions {
  /** One of the two is empty. */
  std::string interface;
  std::string file;
  /** In the language of pcap-filter(7); "" for all packets. */
  std::string filter;
  bool promiscuous = false;
  int snaplen = 0;
  int buffer_bytes = 0;
};

/** All network interfaces at once. */
inline bool is_any(const SourceOptions& options) { return options.interface == "any"; }

struct PcapCloser {
  void operator()(pcap_t* pcap) const { pcap_close(pcap); }
};
using Pcap = std::unique_ptr<pcap_t, PcapCloser>;

/** Null: see `failure`. An interface's packets wait in the kernel from now on; reading them does not block. */
Pcap open_interface(const SourceOptions& options, Failure& failure);
