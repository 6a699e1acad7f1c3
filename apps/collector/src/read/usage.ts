import { FLOW_SORT_FIELDS } from '@packetless/live';
import { PRIVATE_NETWORKS } from '@packetless/model';
import { DEFAULT_MAX_FLOWS } from './options.js';

/** What `packetless-collector read --help` prints. */
export const READ_USAGE = `NAME
    packetless-collector read - lists the conversations of capture files

SYNOPSIS
    packetless-collector read FILE... [-f FILTER] [-s FIELD] [-n N] [--format text|json] [options]

DESCRIPTION
    Reads capture files (pcap or pcapng, also .gz) as the collector does with -i FILE,
    prints their conversations and ends. What was read and what could not be understood
    is said at the end, on standard error. The exit status is 1 when a file could not be
    read whole.

OPTIONS
    -f, --filter FILTER
        List only these conversations: "port:443 and rtt>50ms" (docs/filter.md).

    -B, --packet-filter EXPRESSION
        Read only packets that match, in the language of pcap-filter(7).

    --inside-tunnels
        List conversations inside of tunnels (GRE, IP in IP, VXLAN, Geneve ...) instead of
        the tunnels' own.

    --no-applications
        Do not ask nDPI, where it is, which applications talk.

    -s, --sort FIELD
        ${lines(FLOW_SORT_FIELDS, 66).join('\n        ')}.
        With "-" before it the greatest come first. Default: firstSeen.

    -n, --limit N
        List the first N only.

    --format text|json
        text: one line each; START is in seconds from the first packet of its file.
        json: one JSON object a line, as GET /api/v1/flows has them.

    -m, --local-networks CIDR[=ALIAS][,CIDR[=ALIAS]...] | FILE
        Networks whose hosts are marked as local. Default: ${PRIVATE_NETWORKS.join(', ')}.

    --max-flows N
        Most conversations that are kept of a file; more are dropped and counted.
        Default: ${DEFAULT_MAX_FLOWS}.

    -h, --help
        Print this.

EXAMPLES
    packetless-collector read trace.pcap -s -bytes -n 20
    packetless-collector read *.pcapng.gz -f "retransmits>10" --format json | jq .server.address
`;

/** Words joined by commas, in lines of at most `columns`. */
function lines(words: readonly string[], columns: number): string[] {
  const all: string[] = [];
  for (const [index, word] of words.entries()) {
    const text = index < words.length - 1 ? `${word}, ` : word;
    const last = all.at(-1);
    if (last === undefined || last.length + text.trimEnd().length > columns) all.push(text);
    else all[all.length - 1] = last + text;
  }
  return all.map((line) => line.trimEnd());
}
