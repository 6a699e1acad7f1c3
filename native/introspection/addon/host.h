#pragma once

#include <string>

/** Whether this process has a capability (linux/capability.h). */
bool has_capability(int capability);

/** Names of the capabilities that eBPF needs and this process lacks, comma-separated; "" when it has all. */
std::string missing_capabilities();

/** Mount point of the cgroup2 tree, also on a host where version 1 lies beside it; "" when none is mounted. */
std::string cgroup2_root();

/** Reads the escapes of a path in /proc/self/mountinfo: "\040" is a space. */
std::string unescape_mount_path(const std::string& text);
