import { constants } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import type { TcpRecord } from '@packetless/introspection';
import {
  type Container,
  containerOfId,
  type Failure,
  type FlowEventName,
  type Process,
} from '@packetless/model';
import { datagramEvent, type Reporter, tcpEvent } from './conversation.js';
import { datagramRecord, OWNER, tcpRecord } from './records.sample.js';

const { errno } = constants;
const CURL = { pid: OWNER.pid, name: 'curl' } as Process;

const reporter: Reporter = {
  agent: 'aaaabbbbccccdddd',
  exporter: '192.0.2.2',
  location: (netns) => `12345678/${netns}`,
  identify: () => CURL,
  containerOf: () => null,
  translated: () => null,
};

describe('containers', () => {
  const web: Container = { ...containerOfId('c1'), name: 'web' };
  const inside: Reporter = { ...reporter, containerOf: () => web };

  test('the owner is in its container, the other end is not known', () => {
    expect(tcpEvent(tcpRecord(), inside)).toMatchObject({
      client: { container: web },
      server: { container: null },
    });
    expect(datagramEvent(datagramRecord({ side: 'server' }), inside)).toMatchObject({
      server: { container: web },
    });
  });

  test('who is nobody is in no container', () => {
    expect(tcpEvent(tcpRecord({ owner: null }), inside).client.container).toBeNull();
  });

  test("Docker's own DNS server in a container's namespace says what it is", () => {
    const dockerd = { ...CURL, name: 'dockerd', role: null };
    const host: Reporter = { ...reporter, identify: () => dockerd };
    const dns = datagramEvent(datagramRecord({ side: 'server', localAddress: '127.0.0.11' }), host);
    expect(dns.server.process).toMatchObject({
      name: 'dockerd',
      role: 'answers DNS for a container (dockerd)',
    });
    expect(datagramEvent(datagramRecord({ side: 'server' }), host).server.process).toBe(dockerd);
  });
});

describe('TCP', () => {
  test('a connection this host opened', () => {
    expect(tcpEvent(tcpRecord(), reporter)).toEqual({
      type: 'flow',
      name: 'CONNECT',
      time: 1_700_000_000_123.456,
      protocol: 6,
      client: {
        address: '192.0.2.2',
        port: 40100,
        process: CURL,
        container: null,
        tcp: {
          rttMs: 1.25,
          rttVarMs: 0.5,
          retransmits: 2,
          outOfOrder: 1,
          lost: 3,
          unacknowledged: 4,
          congestionWindow: 10,
          deliveryRate: 125_000,
        },
      },
      server: { address: '192.0.2.9', port: 80, process: null, container: null, tcp: null },
      side: 'client',
      oriented: true,
      interfaceName: 'eth0',
      exporter: '192.0.2.2',
      agent: 'aaaabbbbccccdddd',
      location: '12345678/4026531840',
      socket: 9001,
      translated: null,
      handshake: '00112233deadbeef',
      state: 'ESTABLISHED',
      counters: { kind: 'absolute', bytesSent: 100, bytesReceived: 2000, packetsSent: 5, packetsReceived: 6 },
      connectLatencyMs: 0.177,
      retransmits: null,
      failure: null,
      reason: null,
      additional: null,
    });
  });

  test('a connection this host accepted: the other end is the client, and what it sent was received here', () => {
    const event = tcpEvent(
      tcpRecord({ kind: 'accept', side: 'server', localPort: 80, remotePort: 40100 }),
      reporter,
    );
    expect(event).toMatchObject({
      name: 'ACCEPT',
      side: 'server',
      client: { address: '192.0.2.9', port: 40100, process: null, tcp: null },
      server: { address: '192.0.2.2', port: 80, process: CURL, tcp: { rttMs: 1.25 } },
      counters: { bytesSent: 2000, bytesReceived: 100, packetsSent: 6, packetsReceived: 5 },
    });
  });

  test('an accept whose owner is not known yet has no process; the owner follows', () => {
    const accepted = tcpRecord({ kind: 'accept', side: 'server', owner: null });
    expect(tcpEvent(accepted, reporter)).toMatchObject({ name: 'ACCEPT', server: { process: null } });
    const owned = tcpEvent({ ...accepted, kind: 'owner', owner: OWNER }, reporter);
    expect(owned).toMatchObject({ type: 'flow', name: 'OWNER', server: { process: CURL }, socket: 9001 });
  });

  test.each<[TcpRecord['kind'], FlowEventName | null, 'flow' | 'netstat']>([
    ['connect', 'CONNECT', 'flow'],
    ['accept', 'ACCEPT', 'flow'],
    ['connect-failed', 'CONNECT_FAILED', 'flow'],
    ['close', 'CLOSE', 'flow'],
    ['retransmit', 'RETRANSMIT', 'flow'],
    ['owner', 'OWNER', 'flow'],
    ['netstat', null, 'netstat'],
  ])('%s becomes %s', (kind, name, type) => {
    expect(tcpEvent(tcpRecord({ kind }), reporter)).toMatchObject({ name, type });
  });

  test.each<[TcpRecord['kind'], number, Failure | null]>([
    ['connect-failed', errno.ECONNREFUSED, 'refused'],
    ['connect-failed', errno.ETIMEDOUT, 'timed out'],
    ['connect-failed', errno.EHOSTUNREACH, 'host unreachable'],
    ['connect-failed', errno.ENETUNREACH, 'network unreachable'],
    ['connect-failed', errno.ECONNRESET, 'reset'],
    ['connect-failed', errno.ECONNABORTED, 'aborted'],
    ['connect-failed', 0, 'aborted'],
    ['connect-failed', errno.EACCES, 'denied'],
    ['connect-failed', errno.EPERM, 'denied'],
    ['connect-failed', errno.EADDRNOTAVAIL, 'address unavailable'],
    ['connect-failed', 9999, 'other'],
    ['close', 0, null],
    ['close', errno.ECONNRESET, 'reset'],
    ['close', errno.EPIPE, 'reset'],
    ['close', errno.ETIMEDOUT, 'timed out'],
    ['retransmit', errno.ETIMEDOUT, null],
  ])('%s with errno %i: %s', (kind, error, failure) => {
    expect(tcpEvent(tcpRecord({ kind, error }), reporter).failure).toBe(failure);
  });

  test('what was not measured is null, not 0', () => {
    const { tcp } = tcpRecord();
    const event = tcpEvent(
      tcpRecord({ latencyMs: null, interfaceName: '', state: 0, tcp: { ...tcp, rttMs: 0, rttVarMs: 250 } }),
      reporter,
    );
    expect(event).toMatchObject({ connectLatencyMs: null, interfaceName: null, state: null });
    expect(event.client.tcp).toMatchObject({ rttMs: null, rttVarMs: null, retransmits: 2 });
  });

  test('what the source does not know is null, not 0', () => {
    const unknown = { socket: null, netns: null, tcp: null, error: null };
    expect(tcpEvent(tcpRecord({ ...unknown, kind: 'close' }), reporter)).toMatchObject({
      socket: null,
      location: null,
      counters: null,
      client: { tcp: null },
      failure: null,
    });
    expect(tcpEvent(tcpRecord({ ...unknown, kind: 'connect-failed' }), reporter).failure).toBe('other');
  });

  test('retransmissions say how many they stand for', () => {
    expect(tcpEvent(tcpRecord({ kind: 'retransmit', count: 7 }), reporter).retransmits).toBe(7);
  });

  test.each([
    [22, 51000, 'server'],
    [51000, 22, 'client'],
    [5000, 5000, 'client'],
  ] as const)(
    'a side nobody knows is inferred from ports %i and %i and said to be: %s',
    (localPort, remotePort, side) => {
      const event = tcpEvent(tcpRecord({ kind: 'owner', side: null, localPort, remotePort }), reporter);
      expect(event).toMatchObject({ side, oriented: false, [side]: { process: CURL, port: localPort } });
    },
  );
});

describe('UDP', () => {
  test('begins with SEND on the side that asks, at the time of the first datagram', () => {
    expect(datagramEvent(datagramRecord(), reporter)).toMatchObject({
      type: 'flow',
      name: 'SEND',
      time: 1_700_000_000_000.5,
      protocol: 17,
      side: 'client',
      client: { address: '192.0.2.2', port: 40101, process: CURL, tcp: null },
      server: { address: '192.0.2.53', port: 53 },
      state: null,
      counters: { kind: 'absolute', bytesSent: 40, bytesReceived: 120, packetsSent: 1, packetsReceived: 2 },
    });
  });

  test('begins with RECV on the side that is asked, with counters turned', () => {
    const event = datagramEvent(
      datagramRecord({ side: 'server', localPort: 53, remotePort: 40101 }),
      reporter,
    );
    expect(event).toMatchObject({
      name: 'RECV',
      client: { address: '192.0.2.53', port: 40101 },
      server: { address: '192.0.2.2', port: 53, process: CURL },
      counters: { bytesSent: 120, bytesReceived: 40 },
    });
  });

  test('what the source does not know is null, not 0', () => {
    const counters = { bytesSent: null, bytesReceived: null, packetsSent: null, packetsReceived: null };
    const event = datagramEvent(datagramRecord({ socket: null, netns: null, ...counters }), reporter);
    expect(event).toMatchObject({ name: 'SEND', socket: null, location: null, counters: null });
  });

  test('goes on as netstat and ends with CLOSE, at the time of the last datagram', () => {
    const update = datagramEvent(datagramRecord({ phase: 'update' }), reporter);
    expect(update).toMatchObject({ type: 'netstat', name: null, time: 1_700_000_000_001.5 });
    expect(datagramEvent(datagramRecord({ phase: 'end' }), reporter)).toMatchObject({
      type: 'flow',
      name: 'CLOSE',
    });
  });
});
