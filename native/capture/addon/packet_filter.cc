#include "packet_filter.h"

#include "decoder.h"

bool set_filter(pcap_t* pcap, const std::string& filter, Failure& failure) {
  if (filter.empty()) return true;
  bpf_program program;
  if (pcap_compile(pcap, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    failure = {"FILTER", "The filter \"" + filter + "\" is not understood: " + pcap_geterr(pcap) +
                             ". See pcap-filter(7) for the language."};
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
