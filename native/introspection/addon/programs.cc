#include "programs.h"

#include "introspection.skel.h"
#include "older.skel.h"

namespace {

// Of two programs at one function the kernel runs the one first that was attached last.
constexpr ProgramFacts kTraced[] = {
    {"tcp_state", "TCP connect, accept, failure and close", nullptr, false},
    {"tcp_state_second", "TCP connect, accept, failure and close", nullptr, false, true},
    {"tcp_retransmitted", "TCP retransmissions", nullptr, false},
    {"tcp_retransmitted_second", "TCP retransmissions", nullptr, false, true},
    {"tcp_reset_received", "that a peer reset a connection", nullptr, false},
    {"tcp_reset_received_second", "that a peer reset a connection", nullptr, false, true},
    {"tcp_reset_sent", "that this host reset a connection, and why", nullptr, false},
    {"tcp_reset_sent_second", "that this host reset a connection, and why", nullptr, false, true},
    {"error_report", "why a connection failed, where its program asked first", nullptr, false},
    {"error_report_second", "why a connection failed, where its program asked first", nullptr, false, true},
    {"connect_done_second", "why a connection failed before its first packet", nullptr, true, true},
    {"connect_done", "why a connection failed before its first packet", nullptr, true},
    {"accept_done_second", "owner of an accepted connection, before its first send or receive", nullptr, true, true},
    {"accept_done", "owner of an accepted connection, before its first send or receive", nullptr, true},
    {"accept_done_before_6_10", "owner of an accepted connection, before its first send or receive", "accept_done", true},
    {"peer_asked4", "owner of an accepted connection whose server asks for the peer (IPv4)", "accept_done_before_6_10", false},
    {"peer_asked6", "owner of an accepted connection whose server asks for the peer (IPv6)", "accept_done_before_6_10", false},
    {"socket_sent", "owner of a socket by its sends", nullptr, false},
    {"socket_sent_second", "owner of a socket by its sends", nullptr, false, true},
    {"socket_received", "owner of a socket by its receives", nullptr, false},
    {"socket_received_second", "owner of a socket by its receives", nullptr, false, true},
    {"tcp_received", "owner of a TCP socket by its receives", "socket_received", false},
    {"tcp_received_second", "owner of a TCP socket by its receives", "socket_received_second", false, true},
    {"process_exit", "end of a process", nullptr, false},
    {"process_exit_second", "end of a process", nullptr, false, true},
    {"cgroup_made", "names of control groups, and so of containers, that live only a moment", nullptr, false},
    {"cgroup_removed", "end of a control group", nullptr, false},
    {"existing_sockets", "owners of sockets that are older than the agent", nullptr, false},
    {"living_sockets", "counters of living conversations, and listening sockets", nullptr, false},
    {"waiting_sockets", "which sockets listen, under any load", nullptr, false},
    {"socket_created", "owner of a socket without connections", nullptr, false},
    {"socket_released", "end of a socket without connections", nullptr, false},
    {"packet_sent", "bytes and packets sent over UDP, ICMP and raw sockets", nullptr, false},
    {"packet_received", "bytes and packets received over UDP, ICMP and raw sockets", nullptr, false},
    {"datagram_refused", "that a datagram found the receive buffer full (else it counts as received)", nullptr, false},
    {"connect4", "owner of a UDP socket by connect, and connections without a route (IPv4)", nullptr, false},
    {"connect6", "owner of a UDP socket by connect, and connections without a route (IPv6)", nullptr, false},
    {"udp_send4", "owner of a UDP socket by send (IPv4)", nullptr, false},
    {"udp_send6", "owner of a UDP socket by send (IPv6)", nullptr, false},
    {"udp_receive4", "owner of a UDP socket by receive (IPv4)", "socket_received", false},
    {"udp_receive6", "owner of a UDP socket by receive (IPv6)", "socket_received", false},
};

constexpr ProgramFacts kFollowed[] = {
    {"tcp_happens", "TCP connect, accept, failure, retransmission and close", nullptr, false},
    {"old_socket_state", "end of TCP connections that are older than the agent", nullptr, false},
    {"old_socket_state_second", "end of TCP connections that are older than the agent", nullptr, false, true},
    {"accept_done_second", "owner of an accepted connection", nullptr, true, true},
    {"accept_done", "owner of an accepted connection", nullptr, true},
    {"accept_done_before_6_10", "owner of an accepted connection", "accept_done", true},
    {"peer_asked4", "owner of an accepted connection whose server asks for the peer (IPv4)", nullptr, false},
    {"peer_asked6", "owner of an accepted connection whose server asks for the peer (IPv6)", nullptr, false},
    {"process_exit", "end of a process", nullptr, false},
    {"process_exit_second", "end of a process", nullptr, false, true},
    {"cgroup_made", "names of control groups, and so of containers, that live only a moment", nullptr, false},
    {"cgroup_removed", "end of a control group", nullptr, false},
    {"living_sockets", "counters of living conversations, and listening sockets", nullptr, false},
    {"waiting_sockets", "which sockets listen, under any load", nullptr, false},
    {"socket_created", "owner of a socket without connections", nullptr, false},
    {"socket_released", "end of a socket without connections", nullptr, false},
    {"packet_sent", "bytes and packets sent over UDP, ICMP and raw sockets", nullptr, false},
    {"packet_received", "bytes and packets received over UDP, ICMP and raw sockets", nullptr, false},
    {"connect4", "owner of a UDP socket by connect, and connections without a route (IPv4)", nullptr, false},
    {"connect6", "owner of a UDP socket by connect, and connections without a route (IPv6)", nullptr, false},
    {"udp_send4", "owner of a UDP socket by send (IPv4)", nullptr, false},
    {"udp_send6", "owner of a UDP socket by send (IPv6)", nullptr, false},
    {"udp_receive4", "owner of a UDP socket by receive (IPv4)", nullptr, false},
    {"udp_receive6", "owner of a UDP socket by receive (IPv6)", nullptr, false},
};

constexpr LackingPart kOnlyTraced[] = {
    {"socket_used", "owner of a TCP socket by its sends and receives"},
    {"tcp_reset", "who reset a connection, and why"},
    {"packet_socket", "frames that a process sends and receives below IP"},
    {"datagram_refused", "that a datagram found the receive buffer full (else it counts as received)"},
};

constexpr ProgramSet kTier_A = {
    "A", introspection__elf_bytes, kTraced, sizeof kTraced / sizeof *kTraced, "tcp_state", true, false, nullptr, 0,
};

constexpr ProgramSet kOlder = {
    "B",  older__elf_bytes, kFollowed,   sizeof kFollowed / sizeof *kFollowed,     "tcp_happens", true,
    true, kOnlyTraced,      sizeof kOnlyTraced / sizeof *kOnlyTraced,
};

}  // namespace

const ProgramSet* const kProgramSets[] = {&kTier_A, &kOlder};
const size_t kProgramSetCount = sizeof kProgramSets / sizeof *kProgramSets;
