#pragma once

#include <string>

#include "libebpfflow_event.h"
#include "record_source.h"

/** ntop's library, found and started at run time. It is never unloaded: what it has begun may not have ended. */
class LibebpfflowLibrary {
 public:
  /** Finds the library and its functions. `path`: "" for the usual places. False: see `failure()`. */
  bool load(const std::string& path);
  /** Begins to watch; events go to `handler` while `poll` runs. False: see `failure()`. */
  bool start(void* context, libebpfflow::Handler handler);
  /** Returns after `timeout_ms` or sooner. */
  void poll(unsigned int timeout_ms) { poll_(handle_, timeout_ms); }
  void stop();

  const Failure& failure() const { return failure_; }
  /** Its name and version, for people. */
  std::string name() const { return "libebpfflow " + version_; }

 private:
  bool fail(const char* code, std::string message);
  bool open_one(const std::string& path);
  bool find_functions();
  template <typename Function>
  bool find(const char* name, Function& function);

  void* library_ = nullptr;
  std::string path_;
  std::string version_;
  void* handle_ = nullptr;
  libebpfflow::Init init_ = nullptr;
  libebpfflow::Poll poll_ = nullptr;
  libebpfflow::Term term_ = nullptr;
  libebpfflow::PrintError print_error_ = nullptr;
  libebpfflow::Version flow_version_ = nullptr;
  Failure failure_;
};
