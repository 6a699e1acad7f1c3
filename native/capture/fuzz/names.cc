/** Coverage-guided: any bytes as the payload of whatever names are looked for in; the first one chooses. */
#include <cstdlib>

#include "found_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr decltype(&find_tls_names) kFinders[] = {find_tls_names, find_http_host, find_dns_answers, find_dhcp_host,
                                                        find_dns_stream};
  const Bytes payload(data + 1, size - 1);
  kFinders[data[0] % std::size(kFinders)](payload, [](const FoundName& name) {
    if (!is_name(name.text, name.length)) abort();
  });
  return 0;
}
