#include "cgroup_subtree.h"

#include <dirent.h>
#include <sys/stat.h>

namespace {

constexpr int kDeepest = 32;
constexpr size_t kMost = 65'536;

}  // namespace

bool CgroupSubtree::contains(uint64_t id) {
  if (root_.empty()) return true;
  if (ids_.count(id) > 0) return true;
  if (was_read_) return false;
  was_read_ = true;
  ids_.clear();
  read(root_, 0);
  return ids_.count(id) > 0;
}

void CgroupSubtree::read(const std::string& directory, int depth) {
  DIR* entries = opendir(directory.c_str());
  if (entries == nullptr) return;
  struct stat status = {};
  if (fstat(dirfd(entries), &status) == 0) ids_.insert(status.st_ino);
  while (const dirent* entry = readdir(entries)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.' || depth >= kDeepest || ids_.size() >= kMost) continue;
    read(directory + "/" + entry->d_name, depth + 1);
  }
  closedir(entries);
}
