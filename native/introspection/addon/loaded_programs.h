#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <string>
#include <vector>

struct introspection;
class LibbpfLog;

/** Why nothing could be opened. `code` as in IntrospectionError. */
struct Failure {
  std::string code;
  std::string message;
};

struct ProgramReport {
  std::string name;
  std::string purpose;
  /** "attached", "not here" (the kernel has no such hook) or "failed". */
  std::string state;
  std::string error;
};

/** The kernel programs, each tried by itself; all they are is file descriptors, so nothing outlives the process. */
class LoadedPrograms {
 public:
  LoadedPrograms() = default;
  ~LoadedPrograms();
  LoadedPrograms(const LoadedPrograms&) = delete;
  LoadedPrograms& operator=(const LoadedPrograms&) = delete;

  /** `cgroup`: directory whose sockets' UDP is seen, "" for the root of the cgroup2 tree. False: see `failure()`. */
  bool open(const std::string& cgroup, uint32_t ring_bytes);
  /** Walks all open files once. Call it when somebody already empties the ring. */
  void name_existing_sockets();
  /** Detaches and unloads. */
  void close();

  const Failure& failure() const { return failure_; }
  const std::vector<ProgramReport>& reports() const { return reports_; }
  /** "A", or "A-" when a program of that tier is missing here. */
  std::string tier() const;
  /** Hooks that were skipped because the same program was running on that processor. */
  uint64_t missed() const;
  int ring_map() const;
  int udp_map() const;
  int counters_map() const;

 private:
  bool load(LibbpfLog& log, uint32_t ring_bytes);
  void attach(LibbpfLog& log, const std::string& cgroup);
  void drop_out(size_t index, const std::string& state, const std::string& error);
  bool fail(const char* code, std::string message);

  introspection* skeleton_ = nullptr;
  std::vector<bpf_link*> links_;
  bpf_link* iterator_ = nullptr;
  std::vector<ProgramReport> reports_;
  /** By index of kPrograms. */
  std::vector<bool> wanted_;
  Failure failure_;
};
