#include "proc_interfaces.h"

#include <linux/if.h>
#include <linux/if_arp.h>

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace {

std::string file_of(uint32_t pid, const char* name) { return "/proc/" + std::to_string(pid) + "/net/" + name; }

/**
 * Indexes of interfaces that are up: those are members of 224.0.0.1 (ip_mc_up in net/ipv4/igmp.c), and only those.
 * Lines like "2\teth0      :     1      V3".
 */
std::map<std::string, uint32_t> up_interfaces(uint32_t pid) {
  std::map<std::string, uint32_t> indexes;
  std::ifstream file(file_of(pid, "igmp"));
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] < '0' || line[0] > '9') continue;
    std::istringstream fields(line);
    uint32_t index = 0;
    std::string name;
    if (fields >> index >> name) indexes[name] = index;
  }
  return indexes;
}

/** A line of /proc/net/dev (net/core/net-procfs.c): the name, a colon, eight numbers of each way. */
bool read_line(const std::string& line, interface_record& record) {
  const size_t colon = line.rfind(':');
  const size_t start = line.find_first_not_of(' ');
  if (colon == std::string::npos || start >= colon || colon - start >= sizeof record.name) return false;
  memcpy(record.name, line.data() + start, colon - start);
  std::istringstream numbers(line.substr(colon + 1));
  uint64_t skipped;
  numbers >> record.bytes_received >> record.packets_received >> record.errors_received >> record.drops_received >>
      skipped >> skipped >> skipped >> skipped >> record.bytes_sent >> record.packets_sent >> record.errors_sent >>
      record.drops_sent;
  return !numbers.fail();
}

}  // namespace

bool visit_proc_interfaces(uint32_t pid, const std::function<void(interface_record& record)>& take) {
  std::ifstream file(file_of(pid, "dev"));
  if (!file) return false;
  const std::map<std::string, uint32_t> up = up_interfaces(pid);
  std::string line;
  while (std::getline(file, line)) {
    interface_record record = {};
    if (!read_line(line, record)) continue;
    const auto found = up.find(record.name);
    if (found != up.end()) {
      record.index = found->second;
      record.flags = IFF_UP;
    }
    if (strcmp(record.name, "lo") == 0) record.type = ARPHRD_LOOPBACK;
    take(record);
  }
  return true;
}
