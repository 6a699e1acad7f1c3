#include "libbpf_log.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>

namespace {

LibbpfLog* current = nullptr;

int keep(enum libbpf_print_level level, const char* format, va_list arguments) {
  // A verifier log is long and its end says why; libbpf passes it whole.
  static char text[1 << 16];
  if (level != LIBBPF_WARN || current == nullptr) return 0;
  const int length = vsnprintf(text, sizeof text, format, arguments);
  if (length > 0) current->add(text);
  return 0;
}

std::string without_prefix(const std::string& message) {
  const std::string prefix = "libbpf: ";
  return message.compare(0, prefix.size(), prefix) == 0 ? message.substr(prefix.size()) : message;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  size_t from = 0;
  while (from < text.size()) {
    size_t to = text.find('\n', from);
    if (to == std::string::npos) to = text.size();
    if (to > from) lines.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  return lines;
}

/** Of "-- BEGIN PROG LOAD LOG --", instructions, complaint, "processed … insns", "-- END PROG LOAD LOG --": the complaint. */
std::string verifier_complaint(const std::string& message) {
  if (message.find("BEGIN PROG LOAD LOG") == std::string::npos) return "";
  const std::vector<std::string> lines = lines_of(message);
  for (size_t i = lines.size(); i-- > 0;) {
    const std::string& line = lines[i];
    if (line.compare(0, 10, "processed ") != 0 && line.compare(0, 2, "--") != 0) return line;
  }
  return "";
}

}  // namespace

LibbpfLog::LibbpfLog() {
  current = this;
  libbpf_set_print(keep);
}

LibbpfLog::~LibbpfLog() {
  // Left silent: a library has no business on the program's stderr.
  current = nullptr;
}

std::string LibbpfLog::failed_program() const {
  for (size_t i = messages_.size(); i-- > 0;) {
    const std::string mark = "prog '";
    const size_t from = messages_[i].find(mark);
    if (from == std::string::npos) continue;
    const size_t to = messages_[i].find('\'', from + mark.size());
    if (to != std::string::npos) return messages_[i].substr(from + mark.size(), to - from - mark.size());
  }
  return "";
}

std::string LibbpfLog::reason() const {
  for (const std::string& message : messages_) {
    const std::string complaint = verifier_complaint(message);
    if (!complaint.empty()) return complaint;
  }
  if (messages_.empty()) return "";
  const std::vector<std::string> lines = lines_of(without_prefix(messages_.front()));
  return lines.empty() ? "" : lines.front();
}
