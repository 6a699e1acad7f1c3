#pragma once

#include <cstdint>
#include <functional>

#include "record_layout.h"

/**
 * The network interfaces of a process's namespace as far as /proc/PID/net shows them: totals, and whether they are up.
 * For namespaces that may not be entered. False when the process is gone.
 */
bool visit_proc_interfaces(uint32_t pid, const std::function<void(interface_record& record)>& take);
