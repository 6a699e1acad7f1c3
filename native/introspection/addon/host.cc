#include "host.h"

#include <linux/capability.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace {

uint64_t effective_capabilities() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.compare(0, 7, "CapEff:") == 0) return strtoull(line.c_str() + 7, nullptr, 16);
  }
  return 0;
}

}  // namespace

bool has_capability(int capability) { return (effective_capabilities() >> capability & 1) != 0; }

std::string missing_capabilities() {
  const uint64_t effective = effective_capabilities();
  const auto has = [effective](int capability) { return (effective >> capability & 1) != 0; };
  // CAP_SYS_ADMIN contains all three (capabilities(7)).
  if (has(CAP_SYS_ADMIN)) return "";
  std::string missing;
  const auto need = [&](int capability, const char* name) {
    if (!has(capability)) missing += (missing.empty() ? "" : ", ") + std::string(name);
  };
  need(CAP_BPF, "CAP_BPF");
  need(CAP_PERFMON, "CAP_PERFMON");
  need(CAP_NET_ADMIN, "CAP_NET_ADMIN");
  return missing;
}

std::string cgroup2_root() {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string line;
  while (std::getline(mounts, line)) {
    // proc(5): id parent major:minor root MOUNT-POINT options [optional…] - TYPE source options
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos || line.compare(dash + 3, 8, "cgroup2 ") != 0) continue;
    std::istringstream fields(line);
    std::string skipped, mount_point;
    fields >> skipped >> skipped >> skipped >> skipped >> mount_point;
    return unescape_mount_path(mount_point);
  }
  return "";
}

std::string unescape_mount_path(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(strtol(text.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}
