/*
 * A look at all sockets that the programs know, every few seconds: counters of living connections, and what waits for
 * connections. Records are written to the reader of the iterator, who waits for them: none is ever dropped.
 *
 * A record must not contradict those of the ring. Who reads merges both by time, and here the order of steps sees to it
 * that a connection is told of after its beginning and before its end: `opened` is set after the record of the beginning
 * took its time, and is read before this one takes its own; `closed` is set before the end takes its time, and is read
 * after.
 */
#ifndef PACKETLESS_LIVING_H
#define PACKETLESS_LIVING_H

#include "accept.h"
#include "tcp.h"

/* A handshake that takes longer is worth being told of. */
#define CONNECTING_PATIENCE_NS 1000000000ULL

/*
 * An idle connection is told of as seldom as that: a collector that began later learns of it, and one that forgets what
 * is silent does not.
 */
const volatile __u64 idle_pause_ns = 60000000000ULL;

/* A server that is busy accepts within that. */
#define ACCEPT_PATIENCE_NS 1000000000ULL

static __always_inline void fill_listener(struct listener_record *record, const struct sock *sk,
					  const struct socket_state *state, __u64 now)
{
	const struct inet_sock *inet = (const void *)sk;

	__builtin_memset(record, 0, sizeof(*record));
	fill_header(&record->header, RECORD_LISTENER, sizeof(*record), now);
	record->socket.cookie = cookie_of(sk);
	write_addresses(&record->socket, sk);
	record->socket.local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	record->socket.netns = sk->__sk_common.skc_net.net->ns.inum;
	record->socket.protocol = sk->sk_protocol;
	record->socket.interface_index = sk->__sk_common.skc_bound_dev_if;
	record->owner = state->owner;
	record->since_ns = state->start_ns;
	record->backlog = sk->sk_ack_backlog;
	record->backlog_limit = sk->sk_max_ack_backlog;
}

static __always_inline void tell_listener(struct seq_file *to, const struct sock *sk, const struct socket_state *state)
{
	struct listener_record record;

	fill_listener(&record, sk, state, bpf_ktime_get_ns());
	bpf_seq_write(to, &record, sizeof(record));
}

/* What bind() or nobody gave an address is waiting for no one: the kernel chose a port for what is sent. */
static __always_inline bool is_bound(const struct sock *sk)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & (SOCK_BINDADDR_LOCK | SOCK_BINDPORT_LOCK) &&
	       sk->__sk_common.skc_num != 0;
}

/* Accepted by the kernel, and for a whole interval by no process that is known: told without one, rather than not. */
static __always_inline void tell_unaccepted(struct seq_file *to, const struct sock *sk, const struct tcp_sock *tcp,
					    struct socket_state *state)
{
	struct tcp_record record;
	struct tcp_happening happening = {
		.kind = RECORD_ACCEPT,
		.old_state = BPF_TCP_SYN_RECV,
		.new_state = BPF_TCP_ESTABLISHED,
	};

	if (bpf_ktime_get_ns() - state->start_ns < ACCEPT_PATIENCE_NS || *(volatile bool *)&state->closed)
		return;
	fill_tcp(&record, sk, cookie_of(sk), tcp, state, &happening, state->start_ns);
	if (bpf_seq_write(to, &record, sizeof(record)))
		return;
	state->accept_untold = false;
	state->owner_untold = state->owner.evidence == EVIDENCE_NONE;
	state->opened = true;
	told_without_taker(sk);
}

static __always_inline bool has_begun(const struct socket_state *state, int tcp_state, __u64 now)
{
	if (tcp_state == BPF_TCP_SYN_SENT)
		return state->start_ns && now - state->start_ns > CONNECTING_PATIENCE_NS;
	return state->opened;
}

static __always_inline void tell_connection(struct seq_file *to, const struct sock *sk, struct socket_state *state)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);
	int tcp_state = sk->__sk_common.skc_state;
	struct tcp_record record;

	if (!tcp || tcp_state == BPF_TCP_CLOSE || tcp_state == BPF_TCP_SYN_RECV)
		return;
	adopt_taker(sk, state);
	if (state->accept_untold) {
		tell_unaccepted(to, sk, tcp, state);
		return;
	}
	if (!state->interface_index)
		remember_interface(state, sk);
	bool found = state->owner_untold && state->owner.evidence == EVIDENCE_SNAPSHOT;
	__u32 segments = tcp->segs_in + tcp->segs_out;
	bool changed = found || segments != state->segments_told || tcp_state != state->state_told;
	if (!changed && bpf_ktime_get_ns() - state->counters_told_ns < idle_pause_ns)
		return;
	if (!has_begun(state, tcp_state, bpf_ktime_get_ns()))
		return;
	barrier();
	__u64 now = bpf_ktime_get_ns();
	barrier();
	if (*(volatile bool *)&state->closed)
		return;
	struct tcp_happening happening = {
		.kind = found ? RECORD_OWNER : RECORD_NETSTAT,
		.old_state = tcp_state,
		.new_state = tcp_state,
	};
	fill_tcp(&record, sk, cookie_of(sk), tcp, state, &happening, now);
	if (bpf_seq_write(to, &record, sizeof(record)))
		return;
	if (found)
		state->owner_untold = false;
	state->counters_told_ns = now;
	state->segments_told = segments;
	state->state_told = tcp_state;
}

/*
 * A connected socket without a packet so far, perhaps older than the programs: who talks to whom is known, how much is
 * not. Told once; with its first packet the table of conversations takes over.
 */
static __always_inline void tell_peer(struct seq_file *to, const struct sock *sk, struct socket_state *state)
{
	const struct inet_sock *inet = (const void *)sk;
	struct datagram_record record;

	if (state->has_conversations || state->state_told)
		return;
	__builtin_memset(&record, 0, sizeof(record));
	fill_header(&record.header, RECORD_DATAGRAMS, sizeof(record), bpf_ktime_get_ns());
	record.socket.cookie = cookie_of(sk);
	write_addresses(&record.socket, sk);
	record.socket.local_port = bpf_ntohs(BPF_CORE_READ(inet, inet_sport));
	record.socket.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record.socket.netns = sk->__sk_common.skc_net.net->ns.inum;
	record.socket.protocol = sk->sk_protocol;
	record.socket.flags = SOCKET_COUNTERS_UNKNOWN;
	record.owner = state->owner;
	record.first_time_ns = record.header.time_ns;
	record.phase = PHASE_UPDATE;
	if (!bpf_seq_write(to, &record, sizeof(record)))
		state->state_told = sk->__sk_common.skc_state;
}

/* A socket that waits for whoever comes. */
static __always_inline bool is_listener(const struct sock *sk)
{
	if (is_tcp(sk) || sk->sk_protocol == IPPROTO_SCTP)
		return sk->__sk_common.skc_state == BPF_TCP_LISTEN;
	return (sk->sk_protocol == IPPROTO_UDP || sk->sk_protocol == IPPROTO_UDPLITE) &&
	       sk->__sk_common.skc_dport == 0 && is_bound(sk);
}

/*
 * What waits for connections or packets, by cookie alone, so that thousands fit into one part of the reading. Between two
 * parts the kernel finds its place again by counting, and may leave out what is there. No hook tells when an AF_PACKET
 * socket is closed: it is no longer among these.
 */
static __always_inline void visit_waiting(struct seq_file *to, const struct sock *sk)
{
	bool is_packet_socket = sk->__sk_common.skc_family == AF_PACKET;

	if (!is_packet_socket && !(is_internet(sk) && is_listener(sk)))
		return;
	__u64 cookie = cookie_of(sk) | (is_packet_socket ? WAITS_FOR_PACKETS : 0);
	bpf_seq_write(to, &cookie, sizeof(cookie));
}

static __always_inline void visit_socket(struct seq_file *to, const struct sock *sk, struct socket_state *state)
{
	if (!is_internet(sk))
		return;
	if (is_listener(sk))
		tell_listener(to, sk, state);
	else if (is_tcp(sk))
		tell_connection(to, sk, state);
	else if ((sk->sk_protocol == IPPROTO_UDP || sk->sk_protocol == IPPROTO_UDPLITE) &&
		 sk->__sk_common.skc_dport != 0)
		tell_peer(to, sk, state);
}

#endif
