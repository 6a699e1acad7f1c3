/** What `--help` prints. */
import { VERSION } from './version.js';

export const MANUAL = `NAME
    packetless-agent - who talks to whom on this host, from the kernel, with process and user

SYNOPSIS
    packetless-agent [-tuiorc] [--format text|json|ntop]
    packetless-agent [-v] [-tuiorc] --zmq ENDPOINT[,ENDPOINT...]

DESCRIPTION
    Asks the Linux kernel (eBPF) for every TCP connection and UDP conversation of this host and
    for the process and user behind it, also when that process lives a millisecond only.
    Without --zmq it prints the events: a debugging tool. With --zmq it sends them to a collector
    (packetless-collector, ntopng) and prints nothing, unless -v is given.
    Needs root, or the capabilities CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_PTRACE.

OPTIONS
    -z, --zmq ENDPOINT    Send events over ZeroMQ. Repeatable, or a comma list.
                          tcp://HOST:PORTc   connect to a collector that listens (mind the c)
                          tcp://ADDR:PORT    listen; the collector connects (ADDR may be *)
    -v, --verbose         Print each event also when sending.
        --format FORM     How to print: text (default), json (one object a line), or
                          ntop (the very JSON that is sent to a collector).

    Which events; without any of -t -u -r -c all of them:
    -t, --tcp             TCP: CONNECT, ACCEPT, CONNECT_FAILED
    -u, --udp             UDP: SEND, RECV (first datagram of a conversation), updates and its end
    -r, --retr            TCP retransmissions: RETRANSMIT
    -c, --tcpclose        TCP ends: CLOSE, CONNECT_FAILED
    -i, --in              Incoming only: what others opened towards this host
    -o, --out             Outgoing only: what this host opened. -i and -o absent: both

        --cgroup DIR      UDP of sockets below this cgroup2 directory only (default: all)
        --interval SEC    How often the agent gives account of itself and UDP counters are
                          refreshed; 0.1 to 3600, default 5
        --name NAME       Name of this agent, default the host's name
        --exporter ADDR   Address by which collectors know this host; default: the one it uses
                          towards the first collector
    -h, --help            This page
    -V, --version         The version

OUTPUT
    Events go to standard output, everything else to standard error. A text line is
        time event protocol process(pid) user client -> server, and what else is known:
    latency of the handshake, why a connection failed, bytes each way and duration at CLOSE.
    Colours on a terminal only; NO_COLOR turns them off.

EXIT STATUS
    0 ended by a signal or by the reader of its output; 1 cannot send; 2 wrong options;
    3 the kernel's events cannot be had here (the message says why and what to do)

EXAMPLES
    See what happens on this host
        packetless-agent
    Who connects to this host, as JSON
        packetless-agent -t -i --format json | jq -c '[.client.address, .server.process.name]'
    Failed connections and their reasons
        packetless-agent -c -o | grep CONNECT_FAILED
    Feed a collector on this host, and watch
        packetless-collector -i "tcp://*:1234c"
        packetless-agent -v --zmq tcp://127.0.0.1:1234c

packetless-agent ${VERSION}
`;
