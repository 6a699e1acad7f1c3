#include "link_speed.h"

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <cstring>

// ethtool.h has these names for other numbers.
constexpr uint8_t kEthtoolHalf = DUPLEX_HALF;
constexpr uint8_t kEthtoolFull = DUPLEX_FULL;
#undef DUPLEX_HALF
#undef DUPLEX_FULL
#undef DUPLEX_UNKNOWN

namespace {

/** The largest number of words in each of the three bit maps that follow the request (8 bits with a sign). */
constexpr int kMostMaskWords = 127;

/** A request with room for the masks behind it. */
union LinkSettings {
  ethtool_link_settings settings;
  uint8_t bytes[sizeof(ethtool_link_settings) + 3 * kMostMaskWords * sizeof(uint32_t)];
};

bool ask(int socket, const char (&name)[INTERFACE_NAME_LENGTH], LinkSettings& settings) {
  ifreq request = {};
  memcpy(request.ifr_name, name, sizeof name);
  request.ifr_data = reinterpret_cast<char*>(&settings);
  settings.settings.cmd = ETHTOOL_GLINKSETTINGS;
  return ioctl(socket, SIOCETHTOOL, &request) == 0;
}

}  // namespace

LinkSpeed read_link_speed(int socket, const char (&name)[INTERFACE_NAME_LENGTH]) {
  LinkSettings answer = {};
  // The first answer is only the size of the masks, as a negative number.
  if (!ask(socket, name, answer)) return {};
  const int words = -answer.settings.link_mode_masks_nwords;
  if (words <= 0 || words > kMostMaskWords) return {};
  answer = {};
  answer.settings.link_mode_masks_nwords = static_cast<int8_t>(words);
  if (!ask(socket, name, answer)) return {};
  LinkSpeed speed;
  if (answer.settings.speed != 0 && answer.settings.speed != static_cast<uint32_t>(SPEED_UNKNOWN))
    speed.bits_per_second = answer.settings.speed * 1'000'000ULL;
  if (answer.settings.duplex == kEthtoolHalf) speed.duplex = DUPLEX_HALF;
  if (answer.settings.duplex == kEthtoolFull) speed.duplex = DUPLEX_FULL;
  return speed;
}
