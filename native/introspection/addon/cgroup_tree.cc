#include "cgroup_tree.h"

#include <fts.h>
#include <sys/stat.h>

void visit_cgroups(const std::string& root, const std::function<void(uint64_t id, const std::string& path)>& take) {
  if (root.empty()) return;
  std::string start = root;
  char* const roots[] = {start.data(), nullptr};
  FTS* tree = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr);
  if (tree == nullptr) return;
  while (FTSENT* entry = fts_read(tree)) {
    // A group's own files are not looked at, only its directories.
    if (entry->fts_info != FTS_D) continue;
    const std::string path = entry->fts_path + root.size();
    take(entry->fts_statp->st_ino, path.empty() ? "/" : path);
  }
  fts_close(tree);
}
