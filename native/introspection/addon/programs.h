#pragma once

#include <cstddef>

/** What is known of a kernel program before it is tried. */
struct ProgramFacts {
  const char* name;
  const char* purpose;
  /** Tried only when this one cannot be had; null for one that is always tried. */
  const char* instead_of;
};

/** Without this one there is nothing to tell. */
constexpr const char* kRequiredProgram = "tcp_state";

constexpr ProgramFacts kPrograms[] = {
    {"tcp_state", "TCP connect, accept, failure and close", nullptr},
    {"tcp_retransmitted", "TCP retransmissions", nullptr},
    {"socket_sent", "owner of a socket by its first send", nullptr},
    {"socket_received", "owner of a socket by its first receive", nullptr},
    {"tcp_received", "owner of a TCP socket by its first receive", "socket_received"},
    {"process_exit", "end of a process", nullptr},
    {"existing_sockets", "owners of sockets that are older than the agent", nullptr},
    {"udp_created", "owner of a UDP socket", nullptr},
    {"udp_release", "end of a UDP socket", nullptr},
    {"udp_sent", "bytes and datagrams sent over UDP", nullptr},
    {"udp_received", "bytes and datagrams received over UDP", nullptr},
    {"udp_connect4", "owner of a UDP socket by connect (IPv4)", nullptr},
    {"udp_connect6", "owner of a UDP socket by connect (IPv6)", nullptr},
    {"udp_send4", "owner of a UDP socket by send (IPv4)", nullptr},
    {"udp_send6", "owner of a UDP socket by send (IPv6)", nullptr},
    {"udp_receive4", "owner of a UDP socket by receive (IPv4)", "socket_received"},
    {"udp_receive6", "owner of a UDP socket by receive (IPv6)", "socket_received"},
};
constexpr size_t kProgramCount = sizeof kPrograms / sizeof *kPrograms;
