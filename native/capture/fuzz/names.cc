/** Coverage-guided: any bytes as the payload of whatever names are looked for in; the first one chooses. */
#include <cstdlib>

#include "found_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Bytes payload(data + 1, size - 1);
  const NameSink sink = [](const FoundName& name) {
    if (!is_name(name.text, name.length)) abort();
  };
  Look look;
  switch (data[0] % 5) {
    case 0:
      look = find_tls_names(payload, sink);
      break;
    case 1:
      look = find_http_host(payload, 0, sink);
      break;
    case 2:
      find_dns_answers(payload, sink);
      break;
    case 3:
      find_dhcp_host(payload, sink);
      break;
    default:
      look = find_dns_stream(payload, sink);
  }
  // Who waits for what is there already would look for ever.
  if (look.finished > payload.size()) abort();
  if (look.is_incomplete && look.needed > 0 && look.needed <= payload.size()) abort();
  return 0;
}
