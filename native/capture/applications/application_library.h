/*
 * What a library that recognises applications gives to the addon, which loads it when it runs. The addon's own code is free
 * of such libraries, and works without.
 */
#pragma once

#include <cstddef>
#include <cstdint>

/** How a flow is called, as texts that end with NUL. */
struct ApplicationName {
  /** The same for the same name; 0: nothing is known, and the texts mean nothing. */
  uint32_t id;
  /** The protocol, and behind a dot the application that uses it: "TLS.Google". */
  char name[128];
  char category[64];
};

struct ApplicationLibrary {
  /** Of this struct: one that was built with another header is not used. */
  size_t size;
  const char* version;
  /** Everything that is shared by flows; null: there is not enough memory. Used by one thread at a time. */
  void* (*open)();
  void (*close)(void* detector);
  /** What is kept of one flow; null: there is not enough memory. */
  void* (*begin)();
  void (*end)(void* flow);
  /** Takes a packet from its IP header on, says what is known now, and whether more packets may tell more. */
  bool (*look)(void* detector, void* flow, const uint8_t* packet, uint16_t length, uint64_t time_ms, ApplicationName* name);
  /** There are no more packets. What only ports and addresses suggest is not said. */
  void (*give_up)(void* detector, void* flow, ApplicationName* name);
};

/** The only symbol of the library. */
using GetApplicationLibrary = const ApplicationLibrary*();
constexpr const char* kGetApplicationLibrary = "packetless_application_library";
