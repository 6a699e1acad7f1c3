/** What `doctor --help` prints. */
export const DOCTOR_MANUAL = `NAME
    packetless-agent doctor - what this host offers to the agent, what is lost, and what to do

SYNOPSIS
    packetless-agent doctor [-v] [--json] [--runtime-socket KIND:PATH]

DESCRIPTION
    Looks at the kernel, at what this process may do, and opens every source for a moment, with a
    connection and a datagram of its own that the source has to tell of. Asks the container runtimes
    that it finds. What does not work is named with what is lost by it and with the remedy. Run it as
    the user that the agent will run as.

OPTIONS
    -v, --verbose   Every part of every source, also those that work
        --json      The whole report as JSON
        --runtime-socket KIND:PATH
                    As of the agent: where a container runtime is, instead of the usual places
    -h, --help      This page

EXIT STATUS
    0 everything works; 1 works with losses; 2 wrong options; 3 nothing works
`;
