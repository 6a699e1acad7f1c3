/** Any event about a conversation that our agent may know, for property tests. Not part of the package. */
import {
  type Container,
  type ContainersEvent,
  type ConversationEvent,
  type EventEndpoint,
  FAILURES,
  type FlowEventName,
  type ParentProcess,
  type Process,
  processName,
  type Side,
  TCP_STATES,
  type TcpHealth,
} from '@packetless/model';
import fc from 'fast-check';
import { endpoint } from './fixtures.js';

export const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 4 });
const id = fc.integer({ min: 1, max: 0xffffffff });
export const count = fc.nat(Number.MAX_SAFE_INTEGER);
const ms = fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => value + 0);
export const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
/** Microseconds as the wire has them. */
export const time = fc
  .integer({ min: 1_500_000_000_000_000, max: 2_000_000_000_000_000 })
  .map((us) => us / 1000);

const user = fc
  .tuple(maybe(fc.nat(70000)), maybe(name))
  .map(([uid, sent]) => ({ uid, user: uid === 0 ? 'root' : sent }));
const executable = fc.oneof(
  fc
    .array(fc.stringMatching(/^[a-z0-9._ -]{1,12}$/), { minLength: 1, maxLength: 5 })
    .filter((parts) => !parts.at(-1)!.endsWith('(deleted)'))
    .map((parts) => {
      const exe = `/${parts.join('/')}`;
      return { exe, name: processName(exe, '') };
    }),
  fc.stringMatching(/^[a-z0-9:_-]{1,15}$/).map((comm) => ({ exe: null, name: comm })),
);
const parent: fc.Arbitrary<ParentProcess> = fc
  .tuple(id, user, maybe(fc.nat(70000)), maybe(name), executable, maybe(name))
  .map(([pid, owner, gid, group, program, cmdline]) => ({ pid, ...owner, gid, group, ...program, cmdline }));
export const process: fc.Arbitrary<Process> = fc
  .tuple(
    parent,
    maybe(id),
    maybe(fc.stringMatching(/^[ -~]{1,40}$/)),
    fc.constantFrom(true, false, null),
    maybe(parent),
    fc.constantFrom('kernel', 'io', 'snapshot', 'proc', 'none'),
  )
  .map(([own, tid, script, exeDeleted, above, evidence]) => ({
    ...own,
    tid,
    script,
    exeDeleted,
    role: script === null ? null : 'forwards port 80 (docker-proxy)',
    parent: above,
    evidence,
  }));

/** As events mention it: without labels. */
export const container: fc.Arbitrary<Container> = fc.record({
  id: hex(64),
  name: maybe(name),
  runtime: maybe(fc.constantFrom('docker', 'containerd', 'podman')),
  image: maybe(name),
  pod: maybe(name),
  podUid: maybe(hex(32)),
  namespace: maybe(name),
  workload: maybe(name),
  isSandbox: fc.boolean(),
  labels: fc.constant({}),
});

export const containersEvent: fc.Arbitrary<ContainersEvent> = fc.record({
  type: fc.constant('containers'),
  time,
  agent: maybe(hex(16)),
  containers: fc.array(
    fc.tuple(container, labels()).map(([known, labels]) => ({ ...known, labels })),
    {
      minLength: 1,
      maxLength: 4,
    },
  ),
});

/** None is called `__proto__`: no object that is read may get at a prototype. */
function labels(): fc.Arbitrary<Container['labels']> {
  const key = name.filter((text) => text !== '__proto__');
  return fc.dictionary(key, fc.string({ maxLength: 20 }), { maxKeys: 5 }).map((known) => ({ ...known }));
}

const health: fc.Arbitrary<TcpHealth> = fc.record({
  rttMs: ms,
  rttVarMs: maybe(ms),
  retransmits: maybe(count),
  outOfOrder: maybe(count),
  lost: maybe(count),
  unacknowledged: maybe(count),
  congestionWindow: maybe(count),
  deliveryRate: maybe(fc.oneof(count, ms)),
});

/** ICMP, IGMP, GRE, ICMPv6, OSPF, and 253, which is for experiments (RFC 3692): none has ports. */
const PORTLESS = [1, 2, 47, 58, 89, 253];
const portless = fc.constantFrom(...PORTLESS).map((protocol) => ({ protocol, ports: NO_PORTS }));
const NO_PORTS = [0, 0] as const;
const ports = fc.tuple(fc.integer({ min: 1, max: 65535 }), fc.integer({ min: 1, max: 65535 }));
const tcp = ports.map((given) => ({ protocol: 6, ports: given }));
const datagrams = fc
  .tuple(fc.constantFrom(17, 132, 136), ports)
  .map(([protocol, given]) => ({ protocol, ports: given }));

const addresses = fc.oneof(
  fc.tuple(fc.ipV4(), fc.ipV4()),
  fc.constantFrom<[string, string]>(['2001:db8::1', '2001:db8::2'], ['::1', '::1'], ['fe80::1', 'ff02::fb']),
);

const NAMES: { readonly [side in Side]: readonly FlowEventName[] } = {
  client: ['CONNECT', 'CONNECT_FAILED', 'CLOSE', 'RETRANSMIT', 'OWNER'],
  server: ['ACCEPT', 'CLOSE', 'RETRANSMIT', 'OWNER'],
};
const role = fc
  .tuple(
    fc.constantFrom<Side>('client', 'server'),
    fc.oneof(tcp, datagrams, portless),
    fc.boolean(),
    fc.nat(4),
  )
  .map(([side, { protocol, ports }, living, pick]) => {
    const names = protocol === 6 ? NAMES[side] : ([side === 'client' ? 'SEND' : 'RECV', 'CLOSE'] as const);
    return { side, protocol, ports, name: living ? null : names[pick % names.length]! };
  });

/** Behind a service on another port, and behind a host on another of its ports. */
function translatedFrom(
  port: number | null,
  clientAddress: string,
  clientPort: number,
  serverAddress: string,
): ConversationEvent['translated'] {
  if (port === null) return null;
  return {
    client: { address: clientAddress, port: clientPort === 1 ? 2 : clientPort - 1 },
    server: { address: serverAddress, port },
  };
}

export const agentEvents: fc.Arbitrary<ConversationEvent> = fc
  .tuple(
    role,
    addresses.filter(([, remote]) => remote !== '0.0.0.0'),
    fc.record({ process: maybe(process), container: maybe(container), tcp: maybe(health) }),
    fc.record({
      time,
      interfaceName: maybe(fc.stringMatching(/^[a-z0-9.-]{1,15}$/)),
      exporter: maybe(fc.ipV4().filter((address) => address !== '0.0.0.0')),
      agent: maybe(hex(32)),
      location: maybe(fc.constant('deadbeef/4026531840')),
      socket: maybe(count),
      handshake: maybe(hex(16)),
      state: maybe(fc.constantFrom(...TCP_STATES.filter((state) => state !== 'LISTEN'))),
      connectLatencyMs: maybe(ms),
      retransmits: maybe(count),
      failure: maybe(fc.constantFrom(...FAILURES)),
      translated: maybe(fc.integer({ min: 1, max: 65534 })),
      reason: maybe(fc.constantFrom('timeout', 'peer reset', 'reset here: tcp abort on close')),
      counters: maybe(
        fc.record({
          kind: fc.constant('absolute' as const),
          bytesSent: count,
          bytesReceived: count,
          packetsSent: maybe(count),
          packetsReceived: maybe(count),
        }),
      ),
    }),
  )
  .map(([{ side, protocol, ports, name }, [clientAddress, serverAddress], known, all]) => {
    const { translated, ...rest } = all;
    const [clientPort, serverPort] = ports;
    const reported: Partial<EventEndpoint> = { ...known, tcp: protocol === 6 ? known.tcp : null };
    return {
      ...rest,
      type: name === null ? 'netstat' : 'flow',
      name,
      protocol,
      side,
      oriented: true,
      client: endpoint({ address: clientAddress, port: clientPort, ...(side === 'client' && reported) }),
      server: endpoint({ address: serverAddress, port: serverPort, ...(side === 'server' && reported) }),
      state: protocol === 6 ? rest.state : null,
      translated:
        ports[0] === 0 ? null : translatedFrom(translated, clientAddress, clientPort, serverAddress),
      additional: null,
    } satisfies ConversationEvent;
  });
