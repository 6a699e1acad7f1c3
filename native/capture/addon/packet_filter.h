#pragma once

#include "packet_source.h"

/** Only packets that pass it are read from now on. False: see `failure`. */
bool set_filter(pcap_t* pcap, const std::string& filter, Failure& failure);

/** False: the decoder cannot read what `what` has; see `failure`. */
bool is_link_known(pcap_t* pcap, const std::string& what, Failure& failure);
