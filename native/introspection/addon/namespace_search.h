#pragma once

#include <cstdint>
#include <map>
#include <string>

/** Where a network namespace can be entered. */
struct NamespacePlace {
  /** The lowest pid that lives in it, 0 when no process does. */
  uint32_t pid = 0;
  /** A file that stands for it: /proc/PID/ns/net, or where it is mounted (`ip netns`, docker). */
  std::string path;
};

/**
 * The network namespaces of all processes that may be looked into and all that are mounted, by inode. About 3 µs a
 * process, and as much for each mount.
 */
std::map<uint32_t, NamespacePlace> search_network_namespaces();

/** The inode of the network namespace that this process lives in; 0 when /proc is not mounted. */
uint32_t own_network_namespace();
