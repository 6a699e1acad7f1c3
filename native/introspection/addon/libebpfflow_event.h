#pragma once

#include <cstddef>
#include <cstdint>

/**
 * What ntop's library libebpfflow 1.x hands to its caller: the layout of one event and the functions that it exports,
 * on 64-bit little-endian machines. docs/wire.md describes the same event as it comes over ZeroMQ.
 */
namespace libebpfflow {

struct Task {
  /** The number of the thread, and in `tid` that of the process: the library exchanges them. */
  uint32_t pid;
  /** 0 for a parent. */
  uint32_t tid;
  uint32_t uid;
  uint32_t gid;
  char comm[16];
  /** Pointers that mean something only after ebpf_preprocess_event. */
  uint64_t exe;
  uint64_t cmdline;
};

enum EventType : uint16_t {
  ACCEPT = 100,
  CONNECT = 101,
  RETRANSMIT = 200,
  UDP_RECEIVE = 210,
  UDP_SEND = 211,
  CLOSE = 300,
  CONNECT_FAILED = 500,
};

struct Event {
  /** CLOCK_MONOTONIC, nanoseconds */
  uint64_t time_ns;
  char interface[16];
  int64_t wall_seconds;
  int64_t wall_microseconds;
  uint8_t ip_version;
  uint8_t sent;
  uint16_t type;
  uint8_t padding[4];
  /**
   * IPv6: 16 bytes source, 16 bytes destination. IPv4: the same in 8 bytes each, in network byte order in the first
   * four of them; the rest is zero.
   */
  uint8_t addresses[32];
  uint8_t protocol;
  uint8_t padding1;
  /** This machine's byte order. */
  uint16_t source_port;
  uint16_t destination_port;
  uint16_t padding2;
  uint32_t latency_us;
  uint16_t retransmissions;
  uint16_t padding3;
  Task process;
  Task parent;
  char container[64];
  uint64_t names[4];
};

static_assert(sizeof(Event) == 288, "the size that callbacks are given");
static_assert(offsetof(Event, ip_version) == 40 && offsetof(Event, type) == 42 && offsetof(Event, addresses) == 48, "");
static_assert(offsetof(Event, protocol) == 80 && offsetof(Event, source_port) == 82, "");
static_assert(offsetof(Event, latency_us) == 88 && offsetof(Event, retransmissions) == 92, "");
static_assert(offsetof(Event, process) == 96 && offsetof(Event, parent) == 144, "");
static_assert(offsetof(Event, container) == 192 && offsetof(Event, names) == 256, "");

/** perf pads a sample to a multiple of 8 bytes with its length in front: 292 bytes arrive for the 288. */
constexpr int kPerfPadding = 7;

/** Every kind of event. */
constexpr uint16_t kAllFlags = 0xFFFF;

using Handler = void (*)(void* context, void* data, int size);
using Init = void* (*)(void* context, Handler handler, int* error, uint16_t flags);
using Poll = void (*)(void* handle, unsigned int timeout_ms);
using Term = void (*)(void* handle);
using PrintError = const char* (*)(int error);
using Version = const char* (*)();

}  // namespace libebpfflow
