/**
 * The index against std::unordered_map, while it grows and shrinks by millions. Input: four bytes a step: what to do, how
 * often (a power of two), and two of a seed.
 */
#include <cstdlib>
#include <unordered_map>
#include <vector>

#include "bytes.h"
#include "flow_index.h"

namespace {

constexpr size_t kLargest = 200'000;
constexpr int kLongestRun = 15;
/** Of one input, so that it takes well below a second. */
constexpr size_t kMostSteps = 1 << 18;
/** Hashes of which many are equal make every search long. */
constexpr uint64_t kFewHashes = 0xff;

void require(bool holds) {
  if (!holds) abort();
}

/** splitmix64's last step */
uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

class Model {
 public:
  Model() { require(index_.allocate(kLargest)); }

  void insert(uint64_t hash) {
    if (hashes_.size() == kLargest) return;
    const uint32_t number = free_.empty() ? static_cast<uint32_t>(hashes_.size()) : free_.back();
    if (!free_.empty()) free_.pop_back();
    index_.insert(hash, number);
    hashes_.emplace(number, hash);
    numbers_.push_back(number);
  }

  void erase(uint64_t chance) {
    if (numbers_.empty()) return;
    std::swap(numbers_[chance % numbers_.size()], numbers_.back());
    const uint32_t number = numbers_.back();
    numbers_.pop_back();
    index_.erase(hashes_.at(number), number);
    hashes_.erase(number);
    free_.push_back(number);
  }

  /** Each is found by its own hash, and no number that is gone is found by any. */
  void check() const {
    for (const auto& [number, hash] : hashes_) {
      const uint32_t wanted = number;
      require(index_.find(hash, [wanted](uint32_t found) { return found == wanted; }) == wanted);
    }
    for (const uint32_t number : free_) {
      require(index_.find(mixed(number), [number](uint32_t found) { return found == number; }) < 0);
    }
    // Three quarters full at most, by half larger each time; two while one takes over.
    const size_t slot = 8;
    require(index_.bytes() <= slot * (4096 + kLargest * 4 / 3 * 5 / 2));
  }

 private:
  FlowIndex index_;
  std::unordered_map<uint32_t, uint64_t> hashes_;
  std::vector<uint32_t> numbers_;
  std::vector<uint32_t> free_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes input(data, size);
  Model model;
  size_t steps = 0;
  uint64_t chance = 0;
  for (; input.has(4) && steps < kMostSteps; input = input.from(4)) {
    const bool few = (input.u8(0) & 2) != 0;
    const size_t times = size_t{1} << input.u8(1) % (few ? 8 : kLongestRun + 1);
    chance = mixed(chance + input.u16(2) + 1);
    for (size_t i = 0; i < times; i++, steps++) {
      const uint64_t hash = mixed(chance + i);
      if (input.u8(0) & 1) model.erase(hash);
      else model.insert(few ? (hash & kFewHashes) << 32 : hash);
    }
  }
  model.check();
  return 0;
}
