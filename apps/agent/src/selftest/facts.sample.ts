/** A connection as both its applications and an agent that is right tell it, for tests to vary. */
import type { ConversationEvent, Process } from '@packetless/model';
import type { Fact } from './fact.js';

export const NETNS = 4_026_532_001;

export const FACT: Fact = {
  pid: 100,
  tid: 100,
  uid: 0,
  gid: 0,
  exe: '/tmp/x/client',
  deleted: false,
  parent: 50,
  parentExe: '/usr/bin/node',
  netns: NETNS,
  protocol: 6,
  cookie: 9001,
  local: '198.18.1.1',
  localPort: 40_000,
  remote: '198.18.1.2',
  remotePort: 80,
  sent: 1000,
  received: 5000,
  packetsSent: 0,
  packetsReceived: 0,
  begin: 1_700_000_000_000,
  end: 1_700_000_000_500,
  connectingMs: 0.2,
  error: 0,
  retransmits: 0,
};

export const PROCESS: Process = {
  pid: 100,
  tid: 100,
  uid: 0,
  user: 'root',
  gid: 0,
  group: 'root',
  name: 'client',
  exe: '/tmp/x/client',
  cmdline: 'client call',
  script: null,
  exeDeleted: false,
  role: null,
  parent: {
    pid: 50,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: 'node',
    exe: '/usr/bin/node',
    cmdline: null,
  },
  evidence: 'kernel',
};

interface Changes extends Partial<ConversationEvent> {
  readonly process?: Process | null;
  readonly retransmitted?: number;
}

/** An event of the client. `retransmitted`: in its health. */
export function event({ process = PROCESS, retransmitted = 0, ...changes }: Changes = {}): ConversationEvent {
  const tcp = {
    rttMs: 0.1,
    rttVarMs: 0.05,
    retransmits: retransmitted,
    outOfOrder: 0,
    lost: 0,
    unacknowledged: 0,
    congestionWindow: 10,
    deliveryRate: null,
  };
  return {
    type: 'flow',
    name: 'CONNECT',
    time: 1_700_000_000_000.2,
    protocol: 6,
    client: { address: '198.18.1.1', port: 40_000, process, container: null, tcp },
    server: { address: '198.18.1.2', port: 80, process: null, container: null, tcp: null },
    side: 'client',
    oriented: true,
    interfaceName: 'a0',
    exporter: null,
    agent: 'aaaabbbbccccdddd',
    location: `12345678/${NETNS}`,
    socket: 9001,
    handshake: '00112233deadbeef',
    state: 'ESTABLISHED',
    counters: { kind: 'absolute', bytesSent: 0, bytesReceived: 0, packetsSent: 1, packetsReceived: 1 },
    connectLatencyMs: 0.1,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    ...changes,
  };
}

export function close(
  changes: Changes & { readonly bytes?: readonly [number, number] } = {},
): ConversationEvent {
  const { bytes: [bytesSent, bytesReceived] = [1000, 5000], ...rest } = changes;
  return event({
    name: 'CLOSE',
    time: 1_700_000_000_500,
    state: 'CLOSE',
    counters: { kind: 'absolute', bytesSent, bytesReceived, packetsSent: 5, packetsReceived: 6 },
    ...rest,
  });
}
