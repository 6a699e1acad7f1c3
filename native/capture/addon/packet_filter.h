#pragma once

#include <vector>

#include "bytes.h"
#include "packet_source.h"

/** Only packets that pass it are read from now on. False: see `failure`. */
bool set_filter(pcap_t* pcap, const std::string& filter, Failure& failure);

/** False: the decoder cannot read what `what` has; see `failure`. */
bool is_link_known(pcap_t* pcap, const std::string& what, Failure& failure);

/** A filter for files that are not read by libpcap; everything passes before it is compiled. */
class PacketFilter {
 public:
  /** `text` in the language of pcap-filter(7), "" for all packets; what it means depends on the link. False: see `failure`. */
  bool compile(const std::string& text, int link_type, Failure& failure);

  bool passes(const Bytes& captured, uint32_t wire_length) const {
    if (program_.empty()) return true;
    return bpf_filter(program_.data(), captured.data(), wire_length, static_cast<uint32_t>(captured.size())) != 0;
  }

 private:
  /** Empty when there is no filter. */
  std::vector<bpf_insn> program_;
};
