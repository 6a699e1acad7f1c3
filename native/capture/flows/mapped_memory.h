#pragma once

#include <sys/mman.h>

#include <cstddef>

/** Zeroed memory that the system gives page by page, as it is touched. */
class MappedMemory {
 public:
  MappedMemory() = default;
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  ~MappedMemory() {
    if (data_ != nullptr) munmap(data_, size_);
  }

  bool map(size_t size) {
    void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) return false;
    data_ = data;
    size_ = size;
    // Large pages spare most of the address look-ups; where there are none it works without.
    (void)madvise(data, size, MADV_HUGEPAGE);
    return true;
  }
  void* data() const { return data_; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};
