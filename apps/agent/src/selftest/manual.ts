/** What `selftest --help` prints. */
import { VERSION } from '../version.js';

export const SELFTEST_MANUAL = `NAME
    packetless-agent selftest - known traffic, and what the agent tells of it on this machine

SYNOPSIS
    packetless-agent selftest [--only ROW[,ROW...]] [--full] [--json] [-- AGENT-OPTION...]
    packetless-agent selftest --list

DESCRIPTION
    Starts the agent, makes traffic of every kind beside it and compares. The programs that talk say
    themselves who they are, whom they talked to, how many bytes they sent and received, how long
    connecting took and how it ended. A row passes when all of that is told, and nothing else:
    the process behind each end with its executable, user, parent and thread; payload bytes within
    1 % each way; a plausible latency; the reason of a failure. Not to know who it was fails a row;
    a wrong name anywhere is a WRONG one. Takes about half a minute.

    The traffic stays in five network namespaces, a control group and a folder for temporary files
    of its own, all named packetless-selftest-PID. They go at the end, also when it is interrupted.
    The agent watches the whole host, as always, but is told to print these conversations only.
    Needs root and ip (iproute2).

OPTIONS
        --only ROW        These rows only: udp is udp/ipv4 and udp/ipv6, udp* all that begin so.
                          Repeatable, or a comma list
        --list            The rows, and what each is
        --full            More: a drip of a whole minute, a gigabyte where bulk is meant
        --json            One object: { "rows": [...], "lost": what the agent says that it lost }
    -h, --help            This page
    What follows -- is given to the agent, e.g. -- --source netlink

OUTPUT
    A line for each row: of how many ends the right process was named; payload as the agent measured
    it, both ways and over all ends; by how much the end that differs most is off; the shortest and
    the longest latency; the verdict, and why. "not here": this host lacks what the row needs.

EXIT STATUS
    0 every row that this host can play has passed; 1 a row failed; 2 wrong options;
    3 it cannot run here (the message says why and what to do)

packetless-agent ${VERSION}
`;
