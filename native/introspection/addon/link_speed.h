#pragma once

#include <cstdint>

#include "record_layout.h"

/** What a network driver says of its link. */
struct LinkSpeed {
  /** 0: not known, or there is no link. */
  uint64_t bits_per_second = 0;
  uint32_t duplex = DUPLEX_UNKNOWN;
};

/** Asks the driver of an interface in the namespace of `socket`, which may be of any kind. ethtool.h. */
LinkSpeed read_link_speed(int socket, const char (&name)[INTERFACE_NAME_LENGTH]);
