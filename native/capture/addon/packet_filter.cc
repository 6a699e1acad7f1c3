#include "packet_filter.h"

#include "decoder.h"

namespace {

Failure not_understood(const std::string& filter, const std::string& why) {
  return {"FILTER", "The filter \"" + filter + "\" is not understood: " + why +
                        ". See pcap-filter(7) for the language."};
}

}  // namespace

bool set_filter(pcap_t* pcap, const std::string& filter, Failure& failure) {
  if (filter.empty()) return true;
  bpf_program program;
  if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    failure = not_understood(filter, pcap_geterr(pcap));
    return false;
  }
  const bool is_set = pcap_setfilter(pcap, &program) == 0;
  if (!is_set) failure = {"FILTER", "The filter \"" + filter + "\" cannot be used: " + pcap_geterr(pcap)};
  pcap_freecode(&program);
  return is_set;
}

bool is_link_known(pcap_t* pcap, const std::string& what, Failure& failure) {
  const int link_type = pcap_datalink(pcap);
  if (Decoder::knows(link_type)) return true;
  const char* name = pcap_datalink_val_to_description_or_dlt(link_type);
  failure = {"LINK_TYPE", what + " has packets of a link that is not understood: " + name + "."};
  return false;
}

bool PacketFilter::compile(const std::string& text, int link_type, Failure& failure) {
  if (text.empty()) return true;
  constexpr int kLongestPacket = 262'144;
  const Pcap pcap(pcap_open_dead(link_type, kLongestPacket));
  bpf_program program;
  if (pcap == nullptr || pcap_compile(pcap.get(), &program, text.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    failure = not_understood(text, pcap == nullptr ? "there is no memory" : pcap_geterr(pcap.get()));
    return false;
  }
  program_.assign(program.bf_insns, program.bf_insns + program.bf_len);
  pcap_freecode(&program);
  return true;
}
