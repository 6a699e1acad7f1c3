#include "libebpfflow_library.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "host.h"

namespace {

const char* const kNames[] = {"libebpfflow.so.1", "libebpfflow.so"};
/** Where the dynamic linker may not look by itself. */
const char* const kDirectories[] = {"/usr/local/lib/", "/usr/local/lib64/", "/usr/lib64/", "/opt/ntop/lib/"};
constexpr size_t kMostText = 200;

/** A foreign text made fit for one line of a message: bounded, printable. */
std::string inert(const char* text, size_t length) {
  std::string safe;
  for (size_t i = 0; i < length && safe.size() < kMostText; i++) {
    if (text[i] == '\n' && safe.empty()) continue;
    if (text[i] == '\n') break;
    safe += text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
  }
  return safe;
}

std::string inert(const char* text) { return text == nullptr ? "" : inert(text, strnlen(text, kMostText)); }

/**
 * While it lives, what is printed on standard output and standard error goes here: the library and its compiler print
 * their reasons there, and standard output is where the events of the agent go.
 */
class CapturedOutput {
 public:
  CapturedOutput() : file_(memfd_create("libebpfflow output", MFD_CLOEXEC)) {
    if (file_ < 0) return;
    fflush(nullptr);
    for (int i = 0; i < 2; i++) {
      saved_[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
      if (saved_[i] >= 0) dup2(file_, i + 1);
    }
  }
  ~CapturedOutput() {
    restore();
    if (file_ >= 0) close(file_);
  }
  CapturedOutput(const CapturedOutput&) = delete;
  CapturedOutput& operator=(const CapturedOutput&) = delete;

  /** Its first line; nothing is captured any more. */
  std::string first_line() {
    restore();
    char text[4096];
    const ssize_t length = file_ < 0 ? 0 : pread(file_, text, sizeof text, 0);
    return length <= 0 ? "" : inert(text, length);
  }

 private:
  void restore() {
    fflush(nullptr);
    for (int i = 0; i < 2; i++) {
      if (saved_[i] < 0) continue;
      dup2(saved_[i], i + 1);
      close(saved_[i]);
      saved_[i] = -1;
    }
  }

  const int file_;
  int saved_[2] = {-1, -1};
};

/** The linker found no such file, as opposed to one that it cannot use. */
bool is_absent(const std::string& path, const std::string& error) {
  return error.compare(0, path.size() + 1, path + ":") == 0 && error.find("No such file") != std::string::npos;
}

}  // namespace

bool LibebpfflowLibrary::fail(const char* code, std::string message) {
  failure_ = {code, std::move(message)};
  return false;
}

bool LibebpfflowLibrary::load(const std::string& path) {
  if (!path.empty()) {
    if (!open_one(path) && failure_.code.empty()) {
      return fail("UNSUPPORTED", "There is no library " + inert(path.c_str()) + ". Name ntop's libebpfflow as it was built.");
    }
    return library_ != nullptr && find_functions();
  }
  for (const char* name : kNames) {
    if (open_one(name)) return find_functions();
    if (!failure_.code.empty()) return false;
  }
  for (const char* directory : kDirectories) {
    for (const char* name : kNames) {
      if (open_one(std::string(directory) + name)) return find_functions();
      if (!failure_.code.empty()) return false;
    }
  }
  return fail("UNSUPPORTED",
              "ntop's library libebpfflow is not installed: neither libebpfflow.so.1 nor libebpfflow.so was found. "
              "Build it as a shared library (https://github.com/ntop/libebpfflow) and name its file (packetless-agent "
              "--source libebpfflow:FILE), or use the "
              "source ebpf, which needs no such library.");
}

bool LibebpfflowLibrary::open_one(const std::string& path) {
  library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library_ != nullptr) {
    path_ = path;
    return true;
  }
  const char* const said = dlerror();
  const std::string error = said == nullptr ? "" : said;
  if (is_absent(path, error)) return false;
  return fail("UNSUPPORTED", "ntop's library " + inert(path.c_str()) + " cannot be loaded: " + inert(error.c_str()) +
                                 ". Install what it needs (Debian: apt-get install libbpfcc libcurl4 libjson-c5), or "
                                 "use the source ebpf.");
}

template <typename Function>
bool LibebpfflowLibrary::find(const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library_, name));
  if (function != nullptr) return true;
  return fail("UNSUPPORTED", inert(path_.c_str()) + " has no function " + name +
                                 ": it is not ntop's libebpfflow, or not version 1 of it. Name the right file, or use "
                                 "the source ebpf.");
}

bool LibebpfflowLibrary::find_functions() {
  if (!find("init_ebpf_flow", init_) || !find("ebpf_poll_event", poll_) || !find("term_ebpf_flow", term_) ||
      !find("ebpf_print_error", print_error_) || !find("ebpf_flow_version", flow_version_)) {
    return false;
  }
  version_ = inert(flow_version_());
  if (version_.compare(0, 2, "1.") == 0) return true;
  return fail("UNSUPPORTED", inert(path_.c_str()) + " says that it is version \"" + version_ +
                                 "\" of libebpfflow. Only version 1 is known, so its events cannot be trusted. "
                                 "Install version 1, or use the source ebpf.");
}

bool LibebpfflowLibrary::start(void* context, libebpfflow::Handler handler) {
  int error = 0;
  CapturedOutput output;
  handle_ = init_(context, handler, &error, libebpfflow::kAllFlags);
  if (handle_ != nullptr) return true;

  const std::string printed = output.first_line();
  const std::string reason = inert(print_error_(error)) + (printed.empty() ? "" : " (" + printed + ")");
  const std::string missing = missing_capabilities();
  if (!missing.empty()) {
    return fail("PERMISSION", name() + " cannot start: " + reason + ". This process lacks " + missing +
                                  ": run it as root.");
  }
  return fail("UNSUPPORTED", name() + " cannot start: " + reason +
                                 ". It compiles its programs on this host with BCC, which needs the kernel's headers, "
                                 "and attaches them to kprobes, which this kernel may not have. The source ebpf needs "
                                 "neither.");
}

void LibebpfflowLibrary::stop() {
  if (handle_ == nullptr) return;
  term_(handle_);
  handle_ = nullptr;
}
