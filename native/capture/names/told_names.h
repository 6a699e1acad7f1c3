#pragma once

#include <memory>

#include "found_name.h"

/** Which names were told lately, so that the same answer a thousand times is told once. Of a fixed size. */
class ToldNames {
 public:
  /** True when it was told within the last minutes; else it is remembered as told now. */
  bool is_repeated(uint64_t flow_id, const FoundName& name, uint64_t time_ns) {
    const uint64_t hash = fingerprint(flow_id, name);
    Told& told = told_[hash % kPlaces];
    const auto now_s = static_cast<uint32_t>(time_ns / 1'000'000'000);
    const bool is_known = told.hash == hash && now_s - told.time_s < kSeconds;
    if (!is_known) told = {hash, now_s};
    return is_known;
  }

 private:
  struct Told {
    uint64_t hash;
    uint32_t time_s;
  };

  static constexpr size_t kPlaces = 4096;
  static constexpr uint32_t kSeconds = 300;

  /** FNV-1a; who makes two names meet loses one of them from sight, which leaving it out would do, too. */
  static uint64_t fingerprint(uint64_t flow_id, const FoundName& name) {
    uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&hash](const void* bytes, size_t size) {
      for (size_t i = 0; i < size; i++) hash = (hash ^ static_cast<const uint8_t*>(bytes)[i]) * 0x100000001b3;
    };
    add(&flow_id, sizeof flow_id);
    add(&name.kind, sizeof name.kind);
    add(name.text, name.length);
    if (name.address != nullptr) add(name.address->bytes, ADDRESS_LENGTH);
    return hash;
  }

  std::unique_ptr<Told[]> told_{new Told[kPlaces]()};
};
