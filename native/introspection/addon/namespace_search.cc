#include "namespace_search.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "host.h"

namespace {

using Places = std::map<uint32_t, NamespacePlace>;

constexpr char kPrefix[] = "net:[";

/** `net:[4026531840]` → the number; 0 when it is something else. */
uint32_t inode_of(const char* text) {
  if (strncmp(text, kPrefix, sizeof kPrefix - 1) != 0) return 0;
  return static_cast<uint32_t>(strtoul(text + sizeof kPrefix - 1, nullptr, 10));
}

/** 0 where a link cannot be read. */
uint32_t inode_of_link(int directory, const char* path) {
  char text[64];
  const ssize_t length = readlinkat(directory, path, text, sizeof text - 1);
  if (length < 0) return 0;
  text[length] = 0;
  return inode_of(text);
}

void search_processes(Places& places) {
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return;
  while (const dirent* entry = readdir(proc)) {
    char* end = nullptr;
    const auto pid = static_cast<uint32_t>(strtoul(entry->d_name, &end, 10));
    if (pid == 0 || *end != 0) continue;
    char path[sizeof entry->d_name + sizeof "/ns/net"];
    snprintf(path, sizeof path, "%u/ns/net", pid);
    const uint32_t inode = inode_of_link(dirfd(proc), path);
    if (inode == 0) continue;
    NamespacePlace& place = places[inode];
    if (place.pid == 0 || pid < place.pid) place = {pid, std::string("/proc/") + path};
  }
  closedir(proc);
}

/** `root`: what leads to the mount namespace whose table is read, "" for one's own. */
void search_mounts(Places& places, const char* table, const std::string& root) {
  std::ifstream mounts(table);
  std::string line;
  while (std::getline(mounts, line)) {
    // proc(5): id parent major:minor ROOT MOUNT-POINT options …; a namespace's root is its name.
    if (line.find(kPrefix) == std::string::npos) continue;
    std::istringstream fields(line);
    std::string skipped, name, mount_point;
    fields >> skipped >> skipped >> skipped >> name >> mount_point;
    const uint32_t inode = inode_of(name.c_str());
    if (inode == 0) continue;
    NamespacePlace& place = places[inode];
    if (place.path.empty()) place.path = root + unescape_mount_path(mount_point);
  }
}

/** A service with mounts of its own does not see what is mounted later on the host. */
bool has_mounts_of_its_own() {
  char own[64] = {};
  char first[64] = {};
  return readlink("/proc/self/ns/mnt", own, sizeof own - 1) > 0 &&
         readlink("/proc/1/ns/mnt", first, sizeof first - 1) > 0 && strcmp(own, first) != 0;
}

}  // namespace

uint32_t own_network_namespace() { return inode_of_link(AT_FDCWD, "/proc/self/ns/net"); }

Places search_network_namespaces() {
  Places places;
  search_processes(places);
  search_mounts(places, "/proc/self/mountinfo", "");
  if (has_mounts_of_its_own()) search_mounts(places, "/proc/1/mountinfo", "/proc/1/root");
  return places;
}
