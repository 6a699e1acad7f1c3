#pragma once

#include "owners.h"

/** Where the programs look up what is known of a socket. */
struct SocketMaps {
  /** Socket → struct socket_state. */
  int sockets = -1;
  /** Cookie → struct socket_state, of TCP connections. */
  int old_sockets = -1;
  /** Process id → struct told_process. */
  int told_processes = -1;
};

/**
 * Names the owners of the sockets that no program knows, or none with an owner, in all network namespaces, by what the
 * processes hold open: for kernels whose programs cannot do it themselves. A connection that several processes hold is known without an owner, of
 * a socket that waits for whoever comes the process that began first is taken for the owner. What a program has said
 * meanwhile stays. `tell` gets the processes, each before its first socket is named. Needs pidfd_getfd (Linux 5.6); costs some microseconds a socket.
 */
void name_existing_sockets(const SocketMaps& maps, const Owners::Tell& tell);
