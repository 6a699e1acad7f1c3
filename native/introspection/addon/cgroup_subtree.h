#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

/** The cgroups at and below a directory of the cgroup2 tree, by id. */
class CgroupSubtree {
 public:
  /** "" for all there are. */
  explicit CgroupSubtree(std::string root) : root_(std::move(root)) {}

  /** New cgroups are looked for at most once after each `begin_look`. */
  bool contains(uint64_t id);
  void begin_look() { was_read_ = false; }

 private:
  void read(const std::string& directory, int depth);

  const std::string root_;
  /** The inode of a directory is the id of its cgroup. */
  std::unordered_set<uint64_t> ids_;
  bool was_read_ = false;
};
