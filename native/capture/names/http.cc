/** The Host of a request (RFC 9110 7.2). */
#include <strings.h>

#include "found_name.h"

namespace {

constexpr const char* kMethods[] = {"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT "};
constexpr char kHost[] = "Host:";
constexpr size_t kHostLength = sizeof kHost - 1;
/** Headers are longer only when somebody means harm. */
constexpr size_t kLongest = 8192;

bool is_request(const char* text, size_t length) {
  for (const char* method : kMethods) {
    const size_t method_length = strlen(method);
    if (length > method_length && memcmp(text, method, method_length) == 0) return true;
  }
  return false;
}

/** A line that is whole. */
NameResult read_host(const char* line, size_t length, const NameSink& sink) {
  const char* text = line + kHostLength;
  const char* end = line + length;
  while (text < end && (*text == ' ' || *text == '\t')) text++;
  while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r')) end--;
  const auto name_length = static_cast<size_t>(end - text);
  if (!is_name(text, name_length)) return NameResult::kMalformed;
  sink({NAME_HTTP_HOST, text, name_length, nullptr});
  return NameResult::kFound;
}

}  // namespace

Look find_http_host(Bytes payload, size_t finished, const NameSink& sink) {
  const Bytes header = payload.first(finished < kLongest ? kLongest - finished : 0);
  const char* const begin = reinterpret_cast<const char*>(header.data());
  const char* const end = begin + header.size();
  const char* at = begin;
  if (finished == 0 && !is_request(at, header.size())) return {};
  while (const auto* line_end = static_cast<const char*>(memchr(at, '\n', end - at))) {
    const auto length = static_cast<size_t>(line_end - at);
    // An empty line ends the header.
    if (length == 0 || (length == 1 && *at == '\r')) return {};
    if (length >= kHostLength && strncasecmp(at, kHost, kHostLength) == 0) return {read_host(at, length, sink)};
    at = line_end + 1;
  }
  if (finished + payload.size() >= kLongest) return {NameResult::kNone, false, true};
  return {NameResult::kNone, true, false, static_cast<size_t>(at - begin)};
}
