/** What `top --help` prints. */
export const TOP_MANUAL = `NAME
    packetless-agent top - who talks at this moment, as a live table

SYNOPSIS
    packetless-agent top [--view VIEW] [--sort COLUMN] [FILTER] [-enlL]
    packetless-agent top --once | --batch N [...]

DESCRIPTION
    One row for each process (or remote address, container, user) that has conversations or listens,
    with what happened in the last second. Bytes are payload as the sockets of this host counted it:
    OUT what they sent, IN what they received; a conversation between two processes of this host is
    in the rows of both. Fits any terminal from 20 columns on.

COLUMNS
    OUT/s IN/s    bytes                      CONN     living conversations
    RTT           mean round trip of         NEW/s    conversations that began
                  living TCP connections     FAIL/s   that could not begin, or broke
    RETR/s        segments sent again        LSTN     sockets that listen

KEYS
    p r c u       by process, remote address, container (else network namespace), user
    left right    sort by the next column (also < >); ! turns the order round
    t o i m x n w f s a
                  sort by traffic, out, in, RTT, retransmits, connections, new, failed,
                  listening sockets, name; the same key again turns the order round
    up down, page up, page down, home, end
                  move (also k j)
    /             type a filter, such as process:curl or port:443; Enter takes it, Esc leaves it.
                  Esc in the table removes the filter
    space         pause, and go on
    ?             help; what this host does not let be seen
    ^L ^Z q       draw anew; go to the background; quit

OPTIONS
        --view VIEW       process (default), remote, container or user
        --sort COLUMN     traffic (default), out, in, rtt, retransmits, open, new, failed,
                          listening, name, pid, user or command
        --reverse         The other way round
        --once            Print one table as plain text
        --batch N         Print N tables, one an interval
        --interval SEC    0.2 to 60, default 1
        --duration SEC    End by itself after so many seconds
    Filters (--process, --pid, --user, --container, --port, --address, --failed, --filter) and
    sources (--source, --speed, -e, -n, -l, -L, --cgroup) are those of packetless-agent --help.

EXAMPLES
    Over ssh
        ssh -t web-1 sudo packetless-agent top
    What curl and wget do, in a script
        packetless-agent top --once --process curl,wget
    The busiest remote addresses, every ten seconds for an hour
        packetless-agent top --view remote --interval 10 --batch 360 >> remotes.txt
`;
