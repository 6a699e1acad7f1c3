import { describe, expect, test } from '@jest/globals';
import type { PacketFlow, PacketTcp } from '@packetless/capture';
import { packetObservation } from './packet-observations.js';

const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];
const COUNTED = { clientBytes: 10, clientPackets: 1, serverBytes: 20, serverPackets: 2 };
const ORIGIN = {
  witness: { kind: 'packets', name: 'ens3', id: 'packets ens3' },
  interfaceName: 'ens3',
  location: 'deadbeef/1',
} as const;

function tcp(flags: number, more: Partial<PacketTcp> = {}): PacketTcp {
  return {
    flags,
    retransmits: 0,
    outOfOrder: 0,
    duplicates: 0,
    zeroWindows: 0,
    resets: (flags & RST) === 0 ? 0 : 1,
    handshakeRttMs: null,
    dataRttMs: null,
    ...more,
  };
}

function flow(
  client: PacketTcp | null,
  server: PacketTcp | null,
  more: Partial<PacketFlow> = {},
): PacketFlow {
  return {
    id: 1,
    protocol: client === null ? 17 : 6,
    ipVersion: 4,
    vlan: null,
    client: { address: '10.0.0.1', port: 40_000, bytes: 100, packets: 3, tcp: client },
    server: { address: '10.0.0.2', port: 443, bytes: 200, packets: 4, tcp: server },
    orientation: 'handshake',
    firstTime: 1000,
    lastTime: 2000,
    state: client === null ? null : 'ESTABLISHED',
    handshake: null,
    ended: null,
    fragmented: false,
    withoutPorts: false,
    tunnelled: false,
    icmpError: null,
    ...more,
  };
}

const observe = (given: PacketFlow, names = {}) => packetObservation(given, COUNTED, names, ORIGIN);

describe('what packets tell of a conversation', () => {
  test('its ends and times, what is new of its counters, and nobody’s name', () => {
    expect(observe(flow(tcp(SYN | ACK), tcp(SYN | ACK)))).toMatchObject({
      ...ORIGIN,
      time: 2000,
      since: 1000,
      client: { address: '10.0.0.1', port: 40_000, process: null, container: null },
      side: null,
      oriented: true,
      counters: { kind: 'delta', bytesSent: 10, bytesReceived: 20, packetsSent: 1, packetsReceived: 2 },
      additional: null,
    });
    expect(observe(flow(null, null, { orientation: 'ports' }))).toMatchObject({
      oriented: false,
      state: null,
    });
  });

  test.each<[string, PacketFlow, object]>([
    ['lives', flow(tcp(SYN | ACK), tcp(SYN | ACK)), { state: 'ESTABLISHED', ended: false, failure: null }],
    [
      'is closed by its client',
      flow(tcp(SYN | ACK | FIN), tcp(SYN | ACK), { state: 'HALF_CLOSED' }),
      { state: 'FIN_WAIT2', ended: false },
    ],
    [
      'is closed by its server',
      flow(tcp(SYN | ACK), tcp(SYN | ACK | FIN), { state: 'HALF_CLOSED' }),
      { state: 'CLOSE_WAIT', ended: false },
    ],
    [
      'is over',
      flow(tcp(SYN | ACK | FIN), tcp(SYN | ACK | FIN), { state: 'CLOSED', ended: 'closed' }),
      { state: 'CLOSE', ended: true, began: false, failure: null },
    ],
    [
      'is refused',
      flow(tcp(SYN), tcp(RST | ACK), { state: 'RESET' }),
      { ended: true, began: true, failure: 'refused' },
    ],
    [
      'is reset by its server',
      flow(tcp(SYN | ACK), tcp(SYN | ACK | RST), { state: 'RESET' }),
      { state: 'CLOSE', ended: false, began: false, failure: 'reset' },
    ],
    [
      'is reset from the middle on',
      flow(tcp(ACK), tcp(RST), { state: 'RESET', ended: 'closed' }),
      { ended: true, began: false, failure: 'reset' },
    ],
    ['is silent', flow(tcp(ACK), tcp(ACK), { ended: 'idle' }), { ended: false }],
    ['is not followed any more', flow(tcp(ACK), tcp(ACK), { ended: 'evicted' }), { ended: false }],
    ['was read to the file’s end', flow(tcp(ACK), tcp(ACK), { ended: 'capture' }), { ended: false }],
    ['gave its ports to another', flow(tcp(ACK), tcp(ACK), { ended: 'reused' }), { ended: true }],
  ])('that it %s', (_what, given, expected) => {
    expect(observe(given)).toMatchObject(expected);
  });

  test('how long its handshake took, when both parts of the way were seen', () => {
    const part = (handshakeRttMs: number | null) => tcp(SYN | ACK, { handshakeRttMs });
    expect(observe(flow(part(2), part(30))).connectLatencyMs).toBe(32);
    expect(observe(flow(part(null), part(30))).connectLatencyMs).toBeNull();
    expect(observe(flow(null, null)).connectLatencyMs).toBeNull();
  });

  test('what it is called, and what is special about its packets', () => {
    const names = { tls: 'example.org', dns: 'x', application: 'TLS.Google', category: 'Web' };
    const special = { vlan: 5, tunnelled: true, fragmented: true, icmpError: { type: 3, code: 1 } };
    expect(observe(flow(null, null, special), names).additional).toEqual({
      TLS_SERVER: 'example.org',
      APPLICATION: 'TLS.Google',
      CATEGORY: 'Web',
      TUNNELLED: true,
      FRAGMENTED: true,
      ICMP_ERROR: 'type 3, code 1',
    });
  });
});
