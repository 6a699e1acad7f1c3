#pragma once

#include "flow_entry.h"

/** Says who is the client of a flow, from its first packet, and again when a later one knows better. */
void orient(FlowEntry& flow, int direction, const Packet& packet);
