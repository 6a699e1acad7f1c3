#pragma once

#include <cstddef>

/** What is known of a kernel program before it is tried. */
struct ProgramFacts {
  const char* name;
  const char* purpose;
  /** Tried only when this one cannot be had; null for one that is always tried. */
  const char* instead_of;
  /** Without it the tier is as high as with it: it makes good what its absence costs others only in part. */
  bool is_extra;
  /**
   * Does what another, of the same name without "_second", was skipped for, where tracepoints are preemptible:
   * bpf/second_program.h.
   */
  bool is_second = false;
};

struct LackingPart {
  const char* name;
  const char* purpose;
};

/** One object file's programs. */
struct ProgramSet {
  /** The tier when all of them work, with a "+" behind it when the extra ones do too, else with a "-". */
  const char* tier;
  const void* (*elf)(size_t* size);
  const ProgramFacts* programs;
  size_t count;
  /** Without this one there is nothing to tell. */
  const char* required;
  bool needs_btf;
  /** Its programs cannot find the owners of sockets that are older than they are; this process does. */
  bool leaves_existing_sockets;
  /** What a higher tier sees and this one does not. */
  const LackingPart* lacking;
  size_t lacking_count;
};

/** The best first. */
extern const ProgramSet* const kProgramSets[];
extern const size_t kProgramSetCount;
