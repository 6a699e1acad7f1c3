#pragma once

#include <string>
#include <vector>

/**
 * While it lives, libbpf prints nothing on stderr; what it warns of is kept here. libbpf's print function is
 * global to the process, so one at a time: JavaScript's main thread opens, and does nothing else meanwhile.
 */
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;

  /** The program that the last failed load was about, "" when it was about something else. */
  std::string failed_program() const;
  /** The reason in one line: the verifier's last word, else libbpf's. */
  std::string reason() const;
  void clear() { messages_.clear(); }
  void add(std::string message) { messages_.push_back(std::move(message)); }

 private:
  std::vector<std::string> messages_;
};
