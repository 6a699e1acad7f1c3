/** ntop's nDPI as an ApplicationLibrary. Built where its headers are, as a library of its own. */
#include <ndpi_api.h>

#include <cstdio>
#include <cstring>

#include "application_library.h"

namespace {

ndpi_detection_module_struct* as_detector(void* detector) { return static_cast<ndpi_detection_module_struct*>(detector); }

ndpi_flow_struct* as_flow(void* flow) { return static_cast<ndpi_flow_struct*>(flow); }

void* open_detector() {
  ndpi_detection_module_struct* detector = ndpi_init_detection_module(ndpi_no_prefs);
  if (detector == nullptr) return nullptr;
  NDPI_PROTOCOL_BITMASK all;
  NDPI_BITMASK_SET_ALL(all);
  ndpi_set_protocol_detection_bitmask2(detector, &all);
  ndpi_finalize_initialization(detector);
  return detector;
}

void close_detector(void* detector) { ndpi_exit_detection_module(as_detector(detector)); }

void* begin_flow() {
  void* flow = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT);
  if (flow != nullptr) memset(flow, 0, SIZEOF_FLOW_STRUCT);
  return flow;
}

void end_flow(void* flow) { ndpi_free_flow(as_flow(flow)); }

void name_protocol(void* detector, const ndpi_protocol& found, ApplicationName* name) {
  name->id = uint32_t{found.master_protocol} << 16 | found.app_protocol;
  if (name->id == 0) return;
  ndpi_protocol2name(as_detector(detector), found, name->name, sizeof name->name);
  snprintf(name->category, sizeof name->category, "%s", ndpi_category_get_name(as_detector(detector), found.category));
}

bool look(void* detector, void* flow, const uint8_t* packet, uint16_t length, uint64_t time_ms, ApplicationName* name) {
  const ndpi_protocol found =
      ndpi_detection_process_packet(as_detector(detector), as_flow(flow), packet, length, time_ms);
  name_protocol(detector, found, name);
  return name->id == 0 || ndpi_extra_dissection_possible(as_detector(detector), as_flow(flow)) != 0;
}

void give_up(void* detector, void* flow, ApplicationName* name) {
  u_int8_t was_guessed = 0;
  const ndpi_protocol found = ndpi_detection_giveup(as_detector(detector), as_flow(flow), 0, &was_guessed);
  name->id = 0;
  if (was_guessed == 0) name_protocol(detector, found, name);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ApplicationLibrary* packetless_application_library() {
  // What it was built for must be what is there: flows are laid out by the headers.
  if (ndpi_get_api_version() != NDPI_API_VERSION || ndpi_detection_get_sizeof_ndpi_flow_struct() != SIZEOF_FLOW_STRUCT) {
    return nullptr;
  }
  static char version[64];
  snprintf(version, sizeof version, "nDPI %s", ndpi_revision());
  static const ApplicationLibrary library = {sizeof library, version,  open_detector, close_detector,
                                             begin_flow,     end_flow, look,          give_up};
  return &library;
}
