/** The manual page that `--help` prints. */
import type { Defaults } from './options.js';
import { PACKET_DEFAULTS } from './packet-options.js';

export function usage(defaults: Defaults): string {
  return `NAME
    packetless-collector - merges what agents saw into flows and shows them live

SYNOPSIS
    packetless-collector -i ENDPOINT[,ENDPOINT...]|INTERFACE|FILE [-i ...]
                         [-m CIDR[=ALIAS][,...]|FILE] [-w [ADDR:]PORT] [-d DIR] [options]
    packetless-collector read FILE...   lists what capture files have; see read --help

DESCRIPTION
    Receives events of agents over ZeroMQ, reads packets of network interfaces and
    capture files, merges them into flows, and serves a live page, a REST interface
    (/api/v1, described by /api/v1/openapi.json), a WebSocket (/api/v1/live) and
    Prometheus metrics (/metrics) on one port.
    Understands packetless-agent, nprobe-agent, ebpflowexport and nProbe's JSON.

OPTIONS
    -i, --interface ENDPOINT[,ENDPOINT...] | INTERFACE | FILE
        What is seen; may be given several times. Each has flows of its own.

        ENDPOINT: where events come from, tcp://HOST:PORT or ipc://PATH. With a "c" at
        its end the collector listens there and agents connect to it; without, the
        collector connects to an agent that listens. Endpoints joined by commas are one
        interface, which bears the whole text as its name.

        INTERFACE: a network interface of this host whose packets are read, for instance
        eth0 or lo; "any" is all of them. Needs CAP_NET_RAW.

        FILE: a capture file (pcap or pcapng, also .gz), known by a "/" in its path or by
        .pcap, .pcapng or .cap at its end.

        What an agent tells is also shown on the packet interface that bears the name of
        the network interface that the conversation uses (IF_NAME), and on companions of
        the interface that it came in by, which are chosen on the page (Interfaces) or by
        PATCH /api/v1/interfaces/NAME. Packets then count, and agents name.

    -B, --packet-filter EXPRESSION
        Read only packets that match, in the language of pcap-filter(7), for instance
        "not port 1234". Applies to all network interfaces and capture files.

    --inside-tunnels
        Tell of conversations inside of tunnels (GRE, IP in IP, VXLAN, Geneve ...) instead
        of the tunnels' own. Applies to all network interfaces and capture files.

    --no-applications
        Do not ask nDPI which applications talk (TLS.Google, SSH ...). Where nDPI was there
        when this was built it is asked otherwise, in this process, about the first packets
        of each conversation. Applies to all network interfaces and capture files.

    --snaplen BYTES
        How much of each packet of an interface is looked at. Less is faster; names of TLS,
        HTTP and DNS and most applications are then not found. Default: as much as names need.

    --capture-buffer MIB
        Memory of the kernel for packets of an interface that wait to be read.
        Default: ${PACKET_DEFAULTS.bufferBytes / (1024 * 1024)}.

    --no-promiscuous
        Read only packets of an interface that are addressed to this host or sent by it.

    -m, --local-networks CIDR[=ALIAS][,CIDR[=ALIAS]...] | FILE
        Networks whose hosts are marked as local, for instance 192.168.2.0/24, or
        192.168.2.0/24=office to show them by that name. FILE lists them, one a line or
        joined by commas; what follows # is a remark. May be given several times. It
        filters nothing. Loopback and this host's own addresses are always local.
        Default: ${defaults.localNetworks.join(', ')}.

    -w, --web [ADDR:]PORT
        Address and port of the live page and the REST interface. Without ADDR it is
        loopback only. 0.0.0.0 and [::] mean every address of this host: everyone who
        can reach the port can then read everything and change settings. Port 0: the system chooses.
        Default: ${defaults.web}.

    -d, --directory DIR
        Directory for the collector's state, created with mode 0700 when missing. Two
        running collectors never share one. Without -d, the collector also runs when the
        default one is in use or cannot be written to; then it keeps nothing.
        Default: ${defaults.stateDirectory}.

    --idle SECONDS
        A flow that nothing was heard of for so long is removed.
        Default: ${defaults.idleSeconds}.

    --ended SECONDS
        A flow that has ended is still shown for so long.
        Default: ${defaults.endedSeconds}.

    --max-flows N
        Most flows that one interface holds; more are dropped and counted.
        Default: ${defaults.maxFlows}.

    --kubernetes auto|URL
        Ask a Kubernetes API server for labels of pods, what keeps them running
        (Deployment, CronJob ...) and the services that addresses stand for. "auto" is
        that of the cluster in which the collector itself is a pod; elsewhere give its
        URL, for instance https://10.0.0.1:6443, or http://127.0.0.1:8001 of kubectl
        proxy. Without it, or while it does not answer, everything else works.

    --kubernetes-token-file FILE
        Token of a service account that may list and watch pods, services, replicasets
        and jobs (deploy/kubernetes). The file is read again for every request.

    --kubernetes-ca-file FILE
        Certificates (PEM) by which the API server is known. Default: the system's.

    -v, --verbose
        Tell more on standard error.

    -V, --version
        Print the version and end.

    -h, --help
        Print this page and end.

EXIT STATUS
    0  ended by SIGINT or SIGTERM (a second one ends it at once, with 130)
    1  could not start, for instance because a port is in use
    2  wrong arguments

EXAMPLES
    Listen for agents on port 1234; hosts of 192.168.2.0/24 are local:
        packetless-collector -i "tcp://*:1234c" -m "192.168.2.0/24"
        packetless-agent -v --zmq tcp://127.0.0.1:1234c          (on each host)

    Connect to an agent that listens:
        packetless-collector -i tcp://10.0.0.7:1234
        packetless-agent -v --zmq "tcp://*:1234"                 (on 10.0.0.7)

    Combine events with the packets of loopback, or of a mirror port:
        packetless-collector -i "tcp://*:1234c" -i lo -i ens3 -m "192.168.2.0/24=office"

    Look into a capture file:
        packetless-collector -i capture.pcap

    Two interfaces, page on port 8080 of every address:
        packetless-collector -i "tcp://*:1234c" -i "tcp://*:1235c" -w 0.0.0.0:8080
`;
}
