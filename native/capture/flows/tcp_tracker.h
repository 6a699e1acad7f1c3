#pragma once

#include "flow_entry.h"

/** Follows one TCP connection from the wire between its ends (RFC 9293). */
void track_tcp(FlowEntry& flow, FlowDetails& details, int direction, const Packet& packet, uint64_t time_ns);

/** The segment opens another connection than the one that the flow has seen. */
bool begins_another(const FlowEntry& flow, const FlowDetails& details, int direction, const Packet& packet);
