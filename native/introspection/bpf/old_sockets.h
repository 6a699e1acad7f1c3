/*
 * TCP connections that are older than the programs, where tracing programs cannot keep anything with a socket. The
 * programs at cgroups are not told of them, so their end is seen by tracing.
 */
#ifndef PACKETLESS_OLD_SOCKETS_H
#define PACKETLESS_OLD_SOCKETS_H

#include "close.h"

/*
 * Cookie → what is known of the socket. Inserted by the addon at the start, deleted at the connection's end; never
 * grows afterwards.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 262144);
	__type(key, __u64);
	__type(value, struct socket_state);
} old_sockets SEC(".maps");

static __always_inline void old_connection_changed(const struct sock *sk, int old_state, int new_state)
{
	__u64 cookie = cookie_of(sk);
	struct socket_state *state = cookie ? bpf_map_lookup_elem(&old_sockets, &cookie) : NULL;

	if (!state)
		return;
	if (new_state != BPF_TCP_CLOSE) {
		if (!state->interface_index)
			remember_interface(state, sk);
		return;
	}
	closed(sk, state, old_state);
	bpf_map_delete_elem(&old_sockets, &cookie);
}

#endif
