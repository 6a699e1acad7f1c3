/* The record of a TCP socket: what tcp_sock knows, and whose it is. */
#ifndef PACKETLESS_TCP_H
#define PACKETLESS_TCP_H

#include "process.h"
#include "socket.h"

static __always_inline bool is_tcp(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP && is_internet(sk);
}

static __always_inline __u64 payload_sent(const struct tcp_sock *tcp)
{
	return tcp->bytes_sent - tcp->bytes_retrans;
}

/* bytes_received counts the peer's FIN as one byte, if one came. */
static __always_inline __u64 payload_received(const struct tcp_sock *tcp, const struct sock *sk)
{
	__u64 received = tcp->bytes_received;

	return received && sk->__sk_common.skc_flags & (1UL << SOCK_DONE) ? received - 1 : received;
}

static __always_inline bool has_sent_fin(const struct tcp_sock *tcp, int state)
{
	return (state == BPF_TCP_FIN_WAIT1 || state == BPF_TCP_FIN_WAIT2 || state == BPF_TCP_CLOSING ||
		state == BPF_TCP_LAST_ACK) &&
	       tcp->snd_nxt == tcp->write_seq;
}

/*
 * Who opened a connection that is older than the programs: a client's bytes_acked includes its SYN, an accepted
 * socket's does not. What was sent in sequence space, less payload and FIN, is thus 1 or 0; anything else
 * (a repaired socket) stays unknown.
 */
static __always_inline __u8 side_by_sequence(const struct tcp_sock *tcp, int state)
{
	__u32 rest = tcp->snd_nxt - tcp->snd_una + (__u32)tcp->bytes_acked - (__u32)payload_sent(tcp);

	if (has_sent_fin(tcp, state))
		rest -= 1;
	return rest == 1 ? SIDE_CLIENT : rest == 0 ? SIDE_SERVER : SIDE_UNKNOWN;
}

/*
 * Both initial sequence numbers, computed back from the current ones: exact at any time, with data in the
 * handshake (fast open) or without.
 */
static __always_inline void write_handshake(struct tcp_record *record, const struct tcp_sock *tcp)
{
	__u32 ours = tcp->snd_una - (__u32)tcp->bytes_acked;
	__u32 theirs = tcp->rcv_nxt - (__u32)tcp->bytes_received - 1;

	if (record->socket.side == SIDE_CLIENT) {
		record->client_sequence = ours;
		record->server_sequence = theirs;
		record->has_handshake = 1;
	} else if (record->socket.side == SIDE_SERVER) {
		record->client_sequence = theirs;
		record->server_sequence = ours - 1;
		record->has_handshake = 1;
	}
}

/* net/ipv4/tcp.c, tcp_compute_delivery_rate */
static __always_inline __u64 delivery_rate(const struct tcp_sock *tcp)
{
	__u32 interval_us = tcp->rate_interval_us;

	return interval_us ? (__u64)tcp->rate_delivered * tcp->mss_cache * 1000000 / interval_us : 0;
}

static __always_inline void write_counters(struct tcp_counters *to, const struct tcp_sock *tcp,
					   const struct sock *sk)
{
	to->bytes_sent = payload_sent(tcp);
	to->bytes_received = payload_received(tcp, sk);
	to->segments_sent = tcp->segs_out;
	to->segments_received = tcp->segs_in;
	/* The kernel keeps them times 8 and times 4. */
	to->rtt_us = tcp->srtt_us >> 3;
	to->rtt_var_us = tcp->mdev_us >> 2;
	to->retransmits = tcp->total_retrans;
	to->out_of_order = tcp->rcv_ooopack;
	to->lost = tcp->lost;
	to->unacknowledged = tcp->packets_out;
	to->delivery_rate = delivery_rate(tcp);
	to->congestion_window = tcp->snd_cwnd;
	to->reserved = 0;
}

/* What a record says besides the socket itself. */
struct tcp_happening {
	enum record_kind kind;
	/* Before and after; the same where nothing changes. */
	int old_state;
	int new_state;
	__u32 count;
	int error;
	__u16 reason;
	__u16 reset;
};

/* Every member is written, so the record's memory needs no clearing. `state` may be null. */
static __always_inline void fill_tcp(struct tcp_record *record, const struct sock *sk, __u64 cookie,
				     const struct tcp_sock *tcp, const struct socket_state *state, const struct tcp_happening *happening,
				     __u64 now)
{
	fill_header(&record->header, happening->kind, sizeof(*record), now);
	record->socket.cookie = cookie;
	write_addresses(&record->socket, sk);
	/* skc_num is 0 at SYN_SENT and again at CLOSE; inet_sport is not. */
	record->socket.local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	record->socket.remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record->socket.netns = sk->__sk_common.skc_net.net->ns.inum;
	record->socket.protocol = IPPROTO_TCP;
	record->socket.flags = 0;
	if (state) {
		record->owner = state->owner;
		record->latency_us = state->latency_us;
		record->socket.side = state->side;
		record->socket.interface_index = state->interface_index;
		__builtin_memcpy(record->socket.interface_name, state->interface_name, INTERFACE_NAME_LENGTH);
	} else {
		__builtin_memset(&record->owner, 0, sizeof(record->owner));
		record->latency_us = 0;
		record->socket.side = SIDE_UNKNOWN;
		record->socket.interface_index = 0;
		__builtin_memset(record->socket.interface_name, 0, INTERFACE_NAME_LENGTH);
	}
	if (record->socket.side == SIDE_UNKNOWN)
		record->socket.side = side_by_sequence(tcp, happening->old_state);
	write_counters(&record->counters, tcp, sk);
	record->state = happening->new_state;
	record->count = happening->count;
	record->error = happening->error;
	record->reason = happening->reason;
	record->reset = happening->reset;
	record->has_handshake = 0;
	record->client_sequence = 0;
	record->server_sequence = 0;
	/* Before the handshake is done the peer's sequence number is not known. */
	if (happening->new_state == BPF_TCP_ESTABLISHED || happening->old_state != BPF_TCP_SYN_SENT)
		write_handshake(record, tcp);
}

/* `state` may be null; `now` is when it happened. Returns false, and has counted it, when the ring is full. */
static __always_inline bool send_tcp_at(__u64 now, const struct sock *sk, __u64 cookie, struct socket_state *state,
					const struct tcp_happening *happening)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock((void *)sk);

	if (!tcp)
		return true;
	struct tcp_record *record = reserve(sizeof(*record));
	if (!record)
		return false;
	fill_tcp(record, sk, cookie, tcp, state, happening, now);
	submit(record, sizeof(*record));
	return true;
}

static __always_inline bool send_tcp(const struct sock *sk, struct socket_state *state,
				     const struct tcp_happening *happening)
{
	return send_tcp_at(bpf_ktime_get_ns(), sk, cookie_of(sk), state, happening);
}

/* The connection is whose `state` says. Counters are those of now, the time that of its handshake. */
static __always_inline void tell_accept(const struct sock *sk, __u64 cookie, struct socket_state *state)
{
	struct tcp_happening happening = {
		.kind = RECORD_ACCEPT,
		.old_state = BPF_TCP_SYN_RECV,
		.new_state = BPF_TCP_ESTABLISHED,
	};

	state->accept_untold = false;
	send_tcp_at(state->start_ns, sk, cookie, state, &happening);
	state->opened = true;
}

#endif
