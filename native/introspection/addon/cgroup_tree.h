#pragma once

#include <cstdint>
#include <functional>
#include <string>

/**
 * Visits every control group below `root`, the mount point of a cgroup2 tree, and that itself. `path` is as seen from the
 * mount point ("/" for itself); the id is what the kernel's records call the group by. What goes meanwhile is left out.
 */
void visit_cgroups(const std::string& root, const std::function<void(uint64_t id, const std::string& path)>& take);
