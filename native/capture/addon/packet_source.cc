#include "packet_source.h"

#include "packet_filter.h"

namespace {

/** How long the kernel may gather packets before it shows them. */
constexpr int kGatherMs = 50;

Failure activation_failure(int status, pcap_t* pcap, const std::string& name) {
  const std::string detail = *pcap_geterr(pcap) == 0 ? pcap_statustostr(status) : pcap_geterr(pcap);
  switch (status) {
    case PCAP_ERROR_NO_SUCH_DEVICE:
      return {"NO_INTERFACE", "There is no interface " + name + ". \"ip link\" lists those that there are."};
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
      return {"PERMISSION", "This user may not capture on " + name +
                                ". It takes the capability CAP_NET_RAW: run as root, or \"setcap cap_net_raw+ep\" on "
                                "the program, or AmbientCapabilities=CAP_NET_RAW in its systemd unit."};
    case PCAP_ERROR_IFACE_NOT_UP:
      return {"INTERFACE_DOWN", "The interface " + name + " is down. \"ip link set " + name + " up\" brings it up."};
    default:
      return {"INTERFACE", "The interface " + name + " cannot be captured on: " + detail};
  }
}

}  // namespace

Pcap open_interface(const SourceOptions& options, Failure& failure) {
  char error[PCAP_ERRBUF_SIZE] = "";
  Pcap pcap(pcap_create(options.interface.c_str(), error));
  if (pcap == nullptr) {
    failure = {"INTERFACE", "The interface " + options.interface + " cannot be captured on: " + error};
    return nullptr;
  }
  pcap_set_snaplen(pcap.get(), options.snaplen);
  pcap_set_promisc(pcap.get(), options.promiscuous ? 1 : 0);
  pcap_set_buffer_size(pcap.get(), options.buffer_bytes);
  pcap_set_timeout(pcap.get(), kGatherMs);
  pcap_set_tstamp_precision(pcap.get(), PCAP_TSTAMP_PRECISION_NANO);
  const int status = pcap_activate(pcap.get());
  if (status < 0) {
    failure = activation_failure(status, pcap.get(), options.interface);
    return nullptr;
  }
  // Says which interface a packet is of; where libpcap does not have it, that is not known.
  if (is_any(options)) (void)pcap_set_datalink(pcap.get(), DLT_LINUX_SLL2);
  if (!is_link_known(pcap.get(), "The interface " + options.interface, failure)) return nullptr;
  if (!set_filter(pcap.get(), options.filter, failure)) return nullptr;
  if (pcap_setnonblock(pcap.get(), 1, error) != 0) {
    failure = {"INTERFACE", "The interface " + options.interface + " cannot be read without blocking: " + error};
    return nullptr;
  }
  return pcap;
}
