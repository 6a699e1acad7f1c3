#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstring>

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

  /** Of which the first `touched` bytes were in use: zero again, and of no cost until they are touched. */
  void give_back(size_t touched) {
    // Locked memory (mlockall) cannot be given back. All of it, since half a large page would be kept whole.
    if (madvise(data_, size_, MADV_DONTNEED) != 0) memset(data_, 0, touched);
  }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};
