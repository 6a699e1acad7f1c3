#pragma once

#include <cstdint>
#include <string>
#include <vector>

/** Capabilities by their numbers (capabilities(7)), bit by bit. */
using CapabilitySet = uint64_t;

/** Those that this thread may use. */
CapabilitySet permitted_capabilities();
/** `CAP_BPF`, `CAP_PERFMON` … in the order of their numbers. */
std::vector<std::string> capability_names(CapabilitySet capabilities);
/** The number of `CAP_…`; -1 for a name that this build does not know. */
int capability_number(const std::string& name);

/** While it lives, this thread goes without some capabilities that it has: a trial of what needs them. */
class WithoutCapabilities {
 public:
  explicit WithoutCapabilities(CapabilitySet without);
  ~WithoutCapabilities();
  WithoutCapabilities(const WithoutCapabilities&) = delete;
  WithoutCapabilities& operator=(const WithoutCapabilities&) = delete;

 private:
  const CapabilitySet effective_;
};

/**
 * Gives up all capabilities but `keep`, for good and in every thread of the process, whoever made it; nobody may get
 * more from now on (no_new_privs), and where CAP_SETPCAP is there, no program that is started can. Returns "" when
 * every thread has been seen without them, else what is left.
 */
std::string drop_privileges(CapabilitySet keep);
