/*
 * The few kernel structs that the programs read, with only the fields they read. libbpf finds the true offsets
 * in the running kernel's BTF (CO-RE), so this file is independent of the kernel of the build host.
 */
#ifndef PACKETLESS_KERNEL_H
#define PACKETLESS_KERNEL_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_tracing.h>

/* include/uapi/linux/in.h, if_ether.h; include/linux/socket.h */
enum { IPPROTO_TCP = 6, IPPROTO_UDP = 17, IPPROTO_SCTP = 132, IPPROTO_UDPLITE = 136, IPPROTO_MPTCP = 262 };
enum { IPPROTO_ICMP = 1, IPPROTO_IGMP = 2, IPPROTO_DCCP = 33, IPPROTO_ICMPV6 = 58 };
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };
enum { AF_INET = 2, AF_INET6 = 10, AF_PACKET = 17 };

/* include/linux/net.h */
enum { SOCK_STREAM = 1, SOCK_RAW = 3 };

/* include/net/tcp_states.h: TCP_ESTABLISHED … come from linux/bpf.h as BPF_TCP_ESTABLISHED … */

/* include/linux/sched.h */
enum { PF_EXITING = 0x4, PF_KTHREAD = 0x200000 };

/* include/net/sock.h, enum sock_flags. SOCK_DEAD: no process has it. SOCK_DONE: the peer's FIN was taken in. SOCK_LINGER: SO_LINGER is set. */
enum { SOCK_DEAD = 0, SOCK_DONE = 1, SOCK_LINGER = 4 };

/* include/net/sock.h, sk_shutdown: both directions. */
enum { SHUTDOWN_MASK = 3 };

/* include/net/sock.h, sk_userlocks: bind() named an address, a port. */
enum { SOCK_BINDADDR_LOCK = 4, SOCK_BINDPORT_LOCK = 8 };

/* include/uapi/linux/tcp.h, enum tcp_ca_state */
enum { TCP_CA_RECOVERY = 3, TCP_CA_LOSS = 4 };

/* include/net/inet_connection_sock.h, icsk_pending */
enum { ICSK_TIME_LOSS_PROBE = 5 };

/* include/uapi/asm-generic/errno.h */
enum { EPERM = 1, EADDRNOTAVAIL = 99, ECONNABORTED = 103 };

typedef struct {
	__s64 counter;
} atomic64_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	short unsigned int skc_family;
	volatile unsigned char skc_state;
	possible_net_t skc_net;
	int skc_bound_dev_if;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	long unsigned int skc_flags;
};

struct net_device {
	char name[16];
	int ifindex;
};

struct dst_entry {
	struct net_device *dev;
};

/* What recvmsg(MSG_ERRQUEUE) gives. */
struct sock_extended_err {
	__u32 ee_errno;
};

struct sock_exterr_skb {
	struct sock_extended_err ee;
};

struct sk_buff_head {
	struct sk_buff *prev;
};

struct sock {
	struct sock_common __sk_common;
	struct dst_entry *sk_dst_cache;
	__u16 sk_protocol;
	__u8 sk_userlocks : 4;
	__u8 sk_kern_sock : 1;
	int sk_err;
	int sk_err_soft;
	struct sk_buff_head sk_error_queue;
	__u8 sk_shutdown;
	long unsigned int sk_lingertime;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u8 icsk_ca_state : 5;
	__u8 icsk_pending;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 lost;
	__u32 segs_out;
	__u64 bytes_sent;
	__u32 write_seq;
	__u32 mdev_us;
	__u32 rcv_nxt;
	__u32 snd_nxt;
	__u32 snd_una;
	__u32 srtt_us;
	__u32 packets_out;
	__u64 bytes_received;
	__u32 segs_in;
	__u64 bytes_acked;
	__u64 bytes_retrans;
	__u32 total_retrans;
	__u32 rcv_ooopack;
	__u32 mss_cache;
	__u32 snd_cwnd;
	__u32 rate_delivered;
	__u32 rate_interval_us;
};

struct packet_type {
	struct net_device *dev;
};

struct pgv;

struct packet_ring_buffer {
	struct pgv *pg_vec;
};

struct packet_sock {
	struct sock sk;
	struct packet_ring_buffer tx_ring;
	struct packet_type prot_hook;
};

/* Its absence tells a kernel before 6.10, whose tracepoint gives no reason. */
enum sk_rst_reason {
	SK_RST_REASON_NOT_SPECIFIED,
};

struct sk_buff {
	char cb[48];
	struct net_device *dev;
	struct sock *sk;
	unsigned int len;
	unsigned char *head;
	__u16 network_header;
	__u16 transport_header;
};

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct inode {
	unsigned int i_nlink;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
};

struct mm_struct {
	long unsigned int arg_start;
	long unsigned int arg_end;
	struct file *exe_file;
};

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct cred {
	kuid_t uid;
	kgid_t gid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
};

struct task_struct {
	unsigned int flags;
	__u32 pid;
	__u32 tgid;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_time;
	__u64 self_exec_id;
	const struct cred *cred;
	char comm[16];
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct mm_struct *mm;
};

/* What the context of a cgroup/connect program is at run time. */
struct bpf_sock_addr_kern {
	struct sock *sk;
};

struct socket {
	struct sock *sk;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_map;

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#endif
