/** What `--help` prints. */
import { VERSION } from './version.js';

export const MANUAL = `NAME
    packetless-agent - who talks to whom on this host, from the kernel, with process and user

SYNOPSIS
    packetless-agent [-tuiorcenlL] [FILTER] [--duration SEC] [--format text|json|ntop]
    packetless-agent [-v] [-tuiorcenlL] [FILTER] --zmq ENDPOINT[,ENDPOINT...]
    packetless-agent --source replay:FILE [--speed N|max] [...]
    packetless-agent doctor | top | selftest [--help]

DESCRIPTION
    Asks the Linux kernel (eBPF) for every conversation of this host, over TCP, UDP or any other
    protocol, and for the process and user behind it, also when that lives a millisecond only.
    Without --zmq it prints the events: a debugging tool. With --zmq it sends them to a collector
    (packetless-collector, ntopng) and prints nothing, unless -v is given.
    Needs root, or the capabilities CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_PTRACE. Where
    eBPF cannot be had it goes on with netlink, which anybody may ask, says so, and sees less.

COMMANDS
    doctor      What this host offers, what is lost here, and what to do about it
    top         A live table of who talks: by process, remote address, container or user
    selftest    Makes known traffic in namespaces of its own and grades what the agent tells of it

OPTIONS
    Where to:
    -z, --zmq ENDPOINT    Send events over ZeroMQ. Repeatable, or a comma list.
                          tcp://HOST:PORTc   connect to a collector that listens (mind the c)
                          tcp://ADDR:PORT    listen; the collector connects (ADDR may be *)
    -v, --verbose         Print each event also when sending.
        --format FORM     How to print: text (default), json (one object a line: a recording), or
                          ntop (the JSON that is sent to a collector, one event a line).

    Which events; without any of -t -u -r -c all of them:
    -t, --tcp             TCP: CONNECT, ACCEPT, CONNECT_FAILED
    -u, --udp             All but TCP: SEND, RECV (first datagram of a conversation), and its end
    -r, --retr            TCP retransmissions: RETRANSMIT
    -c, --tcpclose        TCP ends: CLOSE, CONNECT_FAILED
    -i, --in              Incoming only: what others opened towards this host
    -o, --out             Outgoing only: what this host opened. -i and -o absent: both
    -l, --no-loopback     Nothing that stays on this host: 127.0.0.0/8, ::1, interface lo
    -L, --no-listening    No listening sockets

    Which conversations; several of these must all hold, several values of one are alternatives
    (--port 80,443 or --port 80 --port 443):
        --process NAME    Name of the program, or of the script that it runs; * is anything
        --pid PID         Process id
        --user USER       User, by name or uid
        --container NAME  Container, by name or id
        --port PORT       Port of either side
        --address ADDR    Address of either side, or a network: 10.0.0.0/8
        --failed          What could not connect, or broke
        --filter EXPR     An expression such as 'process:curl and not host:10.0.0.0/8', 'rtt>50ms',
                          'bytes>1MB or retransmits>0': the language of the collector's page.
                          Values are those of each event at its moment.

    Where from:
        --source SOURCE   auto         eBPF, or else netlink (default)
                          ebpf         the kernel's own events
                          netlink      looks at all sockets again and again (sock_diag, /proc)
                          libebpfflow  ntop's library, if it is installed (libebpfflow:FILE: there)
                          replay:FILE  a recording made by --format json, also compressed by gzip;
                                       - is standard input
        --speed N         A recording N times as fast, or max: as fast as it is taken. Default 1
    -e, --no-ebpf         As --source netlink
    -n, --no-netlink      eBPF alone: no counters of network interfaces, nothing to fall back to
        --runtime-socket KIND:PATH
                          Where a container runtime is asked for names, instead of the usual
                          places; KIND is docker, podman or cri (containerd, CRI-O). Repeatable.
                          none: runtimes are not asked, containers are known by their ids alone
        --cgroup DIR      Datagrams of sockets below this cgroup2 directory only (default: all)

        --interval SEC    How often living conversations, listening sockets and network interfaces
                          are told, and the agent gives account of itself; 0.1 to 3600, default 5
        --duration SEC    End by itself after so many seconds
        --name NAME       Name of this agent, default the host's name
        --exporter ADDR   Address by which collectors know this host; default: the one it uses
                          towards the first collector
    -h, --help            This page
    -V, --version         The version

OUTPUT
    Events go to standard output, everything else to standard error. A text line is
        time event protocol process(pid) user client -> server details
    with latency of the handshake, why a connection failed or who reset it, segments sent again and
    why, bytes each way and duration at CLOSE. A terminal narrower than 118 columns gets shorter
    lines: process, its local port, -> or <- for who opened it, and the remote end.
        python3[app.py](77)   interpreter and script
        nginx(812)(deleted)   its executable was removed or replaced
        ?                     nobody is known; it is never guessed
        by io, by /proc ...   how an owner is known, where the kernel did not name it by itself
        [web] [kube-system/kube-dns-x/dnsmasq]
                              its container; in Kubernetes with namespace and pod
        in NAME               the network namespace, where it is not the host's own
    At the end comes an account: events by kind, who talked most, and of every hop between the
    kernel and the output how much it saw, handed on and lost.
    With --format json also living conversations (netstat), listening sockets (listening), network
    interfaces (counters) and the agent's account (status) are printed, each object with its type.
    Colours on a terminal only; NO_COLOR turns them off.

EXIT STATUS
    0 ended by a signal, by --duration, by the reader of its output or with its recording;
    1 cannot send; 2 wrong options; 3 the kernel's events, or the recording, cannot be had (the
    message says why and what to do)

EXAMPLES
    See what happens on this host
        packetless-agent
    For a minute, what fails and what is sent again, outside of this host
        packetless-agent -l --duration 60 --filter 'failed or retransmits>0'
    Who connects to this host, as JSON
        packetless-agent -t -i --format json | jq -c '[.client.address, .server.process.name]'
    Record, and look at it again later, ten times as fast
        packetless-agent --format json | gzip > monday.gz
        packetless-agent --source replay:monday.gz --speed 10 --process 'python*'
    Feed a collector on this host, and watch
        packetless-collector -i "tcp://*:1234c"
        packetless-agent -v --zmq tcp://127.0.0.1:1234c

packetless-agent ${VERSION}
`;
