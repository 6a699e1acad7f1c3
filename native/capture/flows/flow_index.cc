#include "flow_index.h"

bool FlowIndex::allocate(size_t largest) {
  size_t slots = 64;
  while (slots < largest * 2) slots *= 2;
  if (!memory_.map(slots * sizeof *slots_)) return false;
  slots_ = static_cast<uint32_t*>(memory_.data());
  mask_ = slots - 1;
  return true;
}
