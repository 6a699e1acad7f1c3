#pragma once

#include <functional>

#include "packet.h"

/** A name that a packet told. `text` lives as long as the call that hands it over. */
struct FoundName {
  name_kind kind;
  const char* text;
  size_t length;
  /** Whose name it is; null: the server's of the packet's flow. */
  const Address* address;
};

using NameSink = std::function<void(const FoundName&)>;

enum class NameResult {
  /** Nothing of the kind. */
  kNone,
  kFound,
  /** It looked like it, and contradicted itself or had characters that names do not have. */
  kMalformed,
};

/** What came of a look at the first bytes of one direction of a TCP connection. */
struct Look {
  NameResult result = NameResult::kNone;
  /** It breaks off where there may be more. `sink` may have got some already; what follows is about the rest. */
  bool is_incomplete = false;
  /** It goes on for longer than anybody reads. */
  bool is_too_long = false;
  /** So many bytes at the front were read for good: who goes on leaves them out, and says so. */
  size_t finished = 0;
  /** Before so many are there, the finished ones included, another look finds nothing new; 0: before a line ends. */
  size_t needed = 0;
};

/** Looks for names in a packet's payload by itself; `kFound` when `sink` got at least one. */
NameResult find_names(const Packet& packet, const NameSink& sink);
/** The same in the first bytes of one direction of a TCP connection, of which earlier looks have finished so many. */
Look find_stream_names(const FlowTuple& tuple, Bytes bytes, size_t finished, const NameSink& sink);

/** Each reads one protocol. Nothing is allocated, and every loop is bounded by the payload or less. */
Look find_tls_names(Bytes payload, const NameSink& sink);
Look find_http_host(Bytes payload, size_t finished, const NameSink& sink);
NameResult find_dns_answers(Bytes payload, const NameSink& sink);
/** One message of DNS after another, each with its length in front (RFC 7766 8). */
Look find_dns_stream(Bytes payload, const NameSink& sink);
NameResult find_dhcp_host(Bytes payload, const NameSink& sink);

/** Printable ASCII without blanks, of a length that names have. */
bool is_name(const char* text, size_t length);
