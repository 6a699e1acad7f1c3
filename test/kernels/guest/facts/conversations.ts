/** Conversations from beginning to end, over the routes that a host has. */
import type { ConversationEvent, FlowEventName, Side } from '@packetless/model';
import type { Place } from '../../../harness/program.js';
import type { Call, Server, Transport } from '../../../harness/traffic.js';
import { type Ends, ownEnd } from '../events.js';
import { judge, worst } from '../judge.js';
import type { Laboratory } from '../laboratory.js';
import type { FactId } from '../titles.js';
import { BYTES, type Fact } from './fact.js';

/** What traffic.c puts into one datagram. */
const DATAGRAM_BYTES = 1000;
const DAEMON = { uid: 1, gid: 1 };

interface Route {
  readonly address: string;
  readonly client?: Place;
  readonly server?: Place;
  readonly interfaces: { readonly client: string; readonly server: string };
}

interface Talk {
  readonly route: Route;
  readonly server: Server;
  readonly call: Call;
  readonly ends: Ends;
}

async function talk(laboratory: Laboratory, transport: Transport, route: Route): Promise<Talk> {
  const { traffic } = laboratory;
  const server = await traffic.serve(transport, route.address, route.server);
  const place = { user: DAEMON, ...route.client };
  const call = await traffic.call(transport, route.address, server.port, BYTES, place);
  return { route, server, call, ends: { clientPort: call.port, serverPort: server.port } };
}

/** Owner and network interface, by the event that begins the conversation on one side. */
async function judgeBeginning({ events }: Laboratory, talk: Talk, name: FlowEventName, side: Side) {
  const event = await events.flow(name, side, talk.ends);
  const owner =
    side === 'client'
      ? { pid: talk.call.pid, uid: 1, user: 'daemon', name: 'traffic' }
      : { pid: talk.server.program.pid, uid: 0, user: 'root', name: 'traffic' };
  return worst([
    judge(event, { interfaceName: talk.route.interfaces[side] }),
    judge(event === null ? null : ownEnd(event).process, owner),
  ]);
}

function tcp(id: FactId, routeIn: (laboratory: Laboratory) => Route): Fact {
  return {
    id,
    async check(laboratory) {
      const made = await talk(laboratory, 'tcp', routeIn(laboratory));
      const { events } = laboratory;
      const connect = await events.flow('CONNECT', 'client', made.ends);
      const closes = [
        await events.flow('CLOSE', 'client', made.ends),
        await events.flow('CLOSE', 'server', made.ends),
      ];
      return worst([
        await judgeBeginning(laboratory, made, 'CONNECT', 'client'),
        await judgeBeginning(laboratory, made, 'ACCEPT', 'server'),
        judge(connect, { failure: null, oriented: true }),
        judge({ latencyMeasured: (connect?.connectLatencyMs ?? 0) > 0 }, { latencyMeasured: true }),
        ...closes.map((close) => judge(close?.counters, { bytesSent: BYTES, bytesReceived: BYTES })),
      ]);
    },
  };
}

function udp(id: FactId, routeIn: (laboratory: Laboratory) => Route): Fact {
  return {
    id,
    async check(laboratory) {
      const made = await talk(laboratory, 'udp', routeIn(laboratory));
      const { events } = laboratory;
      const isComplete = ({ counters }: ConversationEvent) => counters?.bytesSent === BYTES;
      const [packetsSent, packetsReceived] = [BYTES / DATAGRAM_BYTES, BYTES / DATAGRAM_BYTES];
      const totals = [
        await events.flow('CLOSE', 'client', made.ends),
        await events.flow(null, 'server', made.ends, isComplete),
      ];
      return worst([
        await judgeBeginning(laboratory, made, 'SEND', 'client'),
        await judgeBeginning(laboratory, made, 'RECV', 'server'),
        ...totals.map((event) =>
          judge(event?.counters, {
            bytesSent: BYTES,
            bytesReceived: BYTES,
            packetsSent,
            packetsReceived,
          }),
        ),
      ]);
    },
  };
}

const loopback = (address: string) => (): Route => ({
  address,
  interfaces: { client: 'lo', server: 'lo' },
});

const acrossNamespaces =
  (address: string) =>
  ({ left, right }: Laboratory): Route => ({
    address,
    client: { namespace: left },
    server: { namespace: right },
    interfaces: { client: 'left', server: 'right' },
  });

const shortLived: Fact = {
  id: 'short',
  async check({ traffic, events }) {
    const server = await traffic.serve('tcp', '127.0.0.1');
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 1, {}, 'short');
    const event = await events.flow('CONNECT', 'client', { clientPort: call.port, serverPort: server.port });
    const said = event?.client.process;
    const cmdline = `${traffic.exe} call tcp 127.0.0.1 ${server.port} 1 short`;
    return worst([
      judge(said, { pid: call.pid, exe: traffic.exe, cmdline }),
      judge(said?.parent ?? {}, { pid: process.pid, exe: process.execPath }),
    ]);
  },
};

export const CONVERSATIONS: readonly Fact[] = [
  tcp('tcp4', loopback('127.0.0.1')),
  tcp('tcp6', loopback('::1')),
  tcp('tcp4-netns', acrossNamespaces('10.77.0.2')),
  tcp('tcp6-netns', acrossNamespaces('fd77::2')),
  udp('udp4', loopback('127.0.0.1')),
  udp('udp6', loopback('::1')),
  udp('udp4-netns', acrossNamespaces('10.77.0.2')),
  shortLived,
];
