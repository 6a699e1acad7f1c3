/** Facts about known traffic, and how right the agent is about each. */
import { execFileSync } from 'node:child_process';
import type { ConversationEvent, FlowEventName } from '@packetless/model';
import { type Place, Program } from '../../harness/program.js';
import type { Call, Server, Transport } from '../../harness/traffic.js';
import { waitFor } from '../../harness/wait.js';
import { type Ends, ownEnd } from './events.js';
import { type Judgement, judge, worst } from './finding.js';
import { type Laboratory, OLD_BYTES } from './laboratory.js';

export interface Fact {
  readonly name: string;
  check(laboratory: Laboratory): Promise<Judgement>;
}

const BYTES = 50_000;
const DATAGRAM_BYTES = 1000;
const DAEMON = { uid: 1, gid: 1 };

interface Talk {
  readonly transport: Transport;
  readonly address: string;
  readonly client?: Place;
  readonly server?: Place;
  readonly interfaceNames: readonly [client: string, server: string];
}

interface Talked {
  readonly server: Server;
  readonly call: Call;
  readonly ends: Ends;
}

async function talk(laboratory: Laboratory, { transport, address, client, server }: Talk): Promise<Talked> {
  const listening = await laboratory.traffic.serve(transport, address, server);
  const call = await laboratory.traffic.call(transport, address, listening.port, BYTES, {
    user: DAEMON,
    ...client,
  });
  return { server: listening, call, ends: { clientPort: call.port, serverPort: listening.port } };
}

const ofClient = ({ call }: Talked) => ({ pid: call.pid, uid: 1, user: 'daemon', name: 'traffic' });
const ofServer = ({ server }: Talked) => ({ pid: server.program.pid, uid: 0, user: 'root', name: 'traffic' });

/** Owner and network interface, by the event that begins the conversation on one side. */
async function judgeBeginning(
  laboratory: Laboratory,
  talked: Talked,
  name: FlowEventName,
  side: 'client' | 'server',
  interfaceName: string,
) {
  const event = await laboratory.events.flow(name, side, talked.ends);
  return worst([
    judge(event, { interfaceName }),
    judge(
      event === null ? null : ownEnd(event).process,
      side === 'client' ? ofClient(talked) : ofServer(talked),
    ),
  ]);
}

function judgeBytes(event: ConversationEvent | null, bytesSent: number, bytesReceived: number): Judgement {
  return judge(event?.counters, { bytesSent, bytesReceived });
}

function tcpFact(name: string, conversation: Omit<Talk, 'transport'>): Fact {
  return {
    name,
    async check(laboratory) {
      const talked = await talk(laboratory, { transport: 'tcp', ...conversation });
      const { events } = laboratory;
      const [clientInterface, serverInterface] = conversation.interfaceNames;
      const connect = await events.flow('CONNECT', 'client', talked.ends);
      const closes = [
        await events.flow('CLOSE', 'client', talked.ends),
        await events.flow('CLOSE', 'server', talked.ends),
      ];
      return worst([
        await judgeBeginning(laboratory, talked, 'CONNECT', 'client', clientInterface),
        await judgeBeginning(laboratory, talked, 'ACCEPT', 'server', serverInterface),
        judge(connect, { failure: null, oriented: true }),
        judge({ measured: (connect?.connectLatencyMs ?? 0) > 0 }, { measured: true }),
        ...closes.map((close) => judgeBytes(close, BYTES, BYTES)),
      ]);
    },
  };
}

function udpFact(name: string, conversation: Omit<Talk, 'transport'>): Fact {
  return {
    name,
    async check(laboratory) {
      const talked = await talk(laboratory, { transport: 'udp', ...conversation });
      const { events } = laboratory;
      const [clientInterface, serverInterface] = conversation.interfaceNames;
      const packets = BYTES / DATAGRAM_BYTES;
      const complete = (event: ConversationEvent) => event.counters?.bytesSent === BYTES;
      const end = await events.flow('CLOSE', 'client', talked.ends);
      const served = await events.flow(null, 'server', talked.ends, complete);
      return worst([
        await judgeBeginning(laboratory, talked, 'SEND', 'client', clientInterface),
        await judgeBeginning(laboratory, talked, 'RECV', 'server', serverInterface),
        ...[end, served].map((event) =>
          judge(event?.counters, {
            bytesSent: BYTES,
            bytesReceived: BYTES,
            packetsSent: packets,
            packetsReceived: packets,
          }),
        ),
      ]);
    },
  };
}

const ipv4 = { address: '127.0.0.1', interfaceNames: ['lo', 'lo'] } as const;
const ipv6 = { address: '::1', interfaceNames: ['lo', 'lo'] } as const;
function acrossNamespaces({ left, right }: Laboratory, address: string) {
  return {
    address,
    client: { namespace: left },
    server: { namespace: right },
    interfaceNames: ['left', 'right'],
  } as const;
}

const shortLived: Fact = {
  name: 'a process that lives some milliseconds: executable, command line, parent',
  async check(laboratory) {
    const { exe } = laboratory.traffic;
    const server = await laboratory.traffic.serve('tcp', '127.0.0.1');
    const call = await laboratory.traffic.call('tcp', '127.0.0.1', server.port, 1, {}, 'short');
    const event = await laboratory.events.flow('CONNECT', 'client', {
      clientPort: call.port,
      serverPort: server.port,
    });
    const process_ = event?.client.process;
    return worst([
      judge(process_, { pid: call.pid, exe, cmdline: `${exe} call tcp 127.0.0.1 ${server.port} 1 short` }),
      judge(process_?.parent ?? {}, { pid: process.pid, exe: process.execPath }),
    ]);
  },
};

const refused: Fact = {
  name: 'a refused connect: whose, and why',
  async check(laboratory) {
    const server = await laboratory.traffic.serve('tcp', '127.0.0.1');
    await server.program.stop();
    const client = failing(laboratory, ['call', 'tcp', '127.0.0.1', String(server.port), '1']);
    const event = await laboratory.events.find((event) =>
      event.type === 'flow' && event.name === 'CONNECT_FAILED' && event.server.port === server.port
        ? event
        : null,
    );
    return worst([
      judge(event, { failure: 'refused', side: 'client' }),
      judge(event?.client.process, { pid: client.pid, name: 'traffic' }),
    ]);
  },
};

function failing(laboratory: Laboratory, args: readonly string[], place: Place = {}): Program {
  return new Program([laboratory.traffic.exe, ...args], laboratory.cleanup, place);
}

/** Somebody must seem to be there, else the kernel gives up before it has sent a SYN twice. */
const timedOut: Fact = {
  name: 'a connect that nobody answers: sent again, and why it failed',
  async check(laboratory) {
    const { left, events } = laboratory;
    const absent = '10.77.0.99';
    const inside = (...command: string[]) =>
      execFileSync('nsenter', [`--net=/run/netns/${left}`, ...command]);
    inside('ip', 'neigh', 'add', absent, 'lladdr', '02:00:00:00:00:99', 'dev', 'left', 'nud', 'permanent');
    inside('sysctl', '-w', 'net.ipv4.tcp_syn_retries=1');
    const client = failing(laboratory, ['call', 'tcp', absent, '4242', '1'], { namespace: left });
    const about = (name: FlowEventName) =>
      events.find((event) =>
        event.type === 'flow' && event.name === name && event.server.address === absent ? event : null,
      );
    const again = await about('RETRANSMIT');
    const failed = await about('CONNECT_FAILED');
    return worst([
      judge(again, { side: 'client', retransmits: 1 }),
      judge(again?.client.process, { pid: client.pid }),
      judge(failed, { failure: 'timed out' }),
      judge(failed?.client.process, { pid: client.pid }),
    ]);
  },
};

const prefork: Fact = {
  name: 'a worker that accepts on its parent’s socket and neither reads nor writes',
  async check(laboratory) {
    const parent = new Program([laboratory.traffic.exe, 'prefork', '127.0.0.1', '0'], laboratory.cleanup);
    const line = await waitFor('the worker to listen', () => parent.lines[0]);
    const worker = JSON.parse(line) as { pid: number; port: number };
    const held = await laboratory.hold('127.0.0.1', worker.port, 0);
    const ends = { clientPort: held.call.port, serverPort: worker.port };
    const named = (event: ConversationEvent) => event.server.process?.pid === worker.pid;
    const inTime = laboratory.events.flow('OWNER', 'server', ends, named);
    const accepted = await laboratory.events.flow('ACCEPT', 'server', ends);
    const event = accepted !== null && named(accepted) ? accepted : await inTime;
    if (event === null)
      return { verdict: 'unknown', detail: 'the worker is not named while the connection lives' };
    return judge(event.server.process, { pid: worker.pid });
  },
};

const living: Fact = {
  name: 'counters of a living connection',
  async check(laboratory) {
    const server = await laboratory.traffic.serve('tcp', '127.0.0.1');
    const held = await laboratory.hold('127.0.0.1', server.port, BYTES);
    const ends = { clientPort: held.call.port, serverPort: server.port };
    const sides = await Promise.all(
      (['client', 'server'] as const).map((side) =>
        laboratory.events.flow(null, side, ends, ({ counters }) => counters?.bytesReceived === BYTES),
      ),
    );
    return worst([
      ...sides.map((event) => judgeBytes(event, BYTES, BYTES)),
      judge(sides[0]?.client.process, { pid: held.call.pid }),
      judge(sides[1]?.server.process, { pid: server.program.pid }),
    ]);
  },
};

const oldConnection: Fact = {
  name: 'the end of a connection that is older than the agent: owners, bytes',
  async check({ old, events }) {
    const { program, call } = old.held;
    const ends = { clientPort: call.port, serverPort: old.tcp.port };
    await program.stop();
    const [client, server] = [
      await events.flow('CLOSE', 'client', ends),
      await events.flow('CLOSE', 'server', ends),
    ];
    return worst([
      judgeBytes(client, OLD_BYTES, OLD_BYTES),
      judgeBytes(server, OLD_BYTES, OLD_BYTES),
      judge(client?.client.process, { pid: call.pid, name: 'traffic' }),
      judge(server?.server.process, { pid: old.tcp.program.pid, name: 'traffic' }),
    ]);
  },
};

const oldServers: Fact = {
  name: 'what comes to servers that are older than the agent: owner',
  async check({ traffic, old, events }) {
    const tcp = await traffic.call('tcp', '127.0.0.1', old.tcp.port, 1);
    const udp = await traffic.call('udp', '127.0.0.1', old.udp.port, 1);
    const accept = await events.flow('ACCEPT', 'server', { clientPort: tcp.port, serverPort: old.tcp.port });
    const received = await events.flow('RECV', 'server', { clientPort: udp.port, serverPort: old.udp.port });
    return worst([
      judge(accept?.server.process, { pid: old.tcp.program.pid, name: 'traffic' }),
      judge(received?.server.process, { pid: old.udp.program.pid, name: 'traffic' }),
    ]);
  },
};

/** Checked side by side, each on sockets of its own. */
export const FACTS: readonly Fact[] = [
  tcpFact('TCP, IPv4: both owners, interface, exact bytes', ipv4),
  tcpFact('TCP, IPv6', ipv6),
  udpFact('UDP, IPv4: both owners, interface, exact bytes and packets', ipv4),
  udpFact('UDP, IPv6', ipv6),
  {
    name: 'TCP between namespaces',
    check: (laboratory) => tcpFact('', acrossNamespaces(laboratory, '10.77.0.2')).check(laboratory),
  },
  {
    name: 'TCP between namespaces, IPv6',
    check: (laboratory) => tcpFact('', acrossNamespaces(laboratory, 'fd77::2')).check(laboratory),
  },
  {
    name: 'UDP between namespaces',
    check: (laboratory) => udpFact('', acrossNamespaces(laboratory, '10.77.0.2')).check(laboratory),
  },
  shortLived,
  refused,
  timedOut,
  prefork,
  living,
  oldServers,
  oldConnection,
];
