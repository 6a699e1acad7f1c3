import { describe, expect, test } from '@jest/globals';
import type { ConversationEvent, Witness } from '@packetless/model';
import { toObservation } from './observations.js';

const end = { port: 1, process: null, container: null, tcp: null };
const event: ConversationEvent = {
  type: 'flow',
  name: null,
  time: 1_795_312_266_011.86,
  protocol: 6,
  client: { address: '10.1.1.1', ...end },
  server: { address: '10.1.1.13', ...end },
  side: 'client',
  oriented: true,
  interfaceName: 'cbr0',
  exporter: '192.168.2.131',
  agent: 'a-1',
  location: 'aaaaaaaa/1',
  socket: 7,
  handshake: '0123456789abcdef',
  state: null,
  counters: null,
  connectLatencyMs: 0.177,
  retransmits: null,
  failure: null,
  reason: null,
  additional: { TID: 1 },
};
const witness: Witness = { kind: 'agent', name: 'host', id: 'a-1' };

describe('toObservation', () => {
  test.each([
    ['CONNECT', 7, { began: true, ended: false, state: 'ESTABLISHED' }],
    ['ACCEPT', 7, { began: true, ended: false, state: 'ESTABLISHED' }],
    ['CONNECT_FAILED', 7, { began: true, ended: true, state: null }],
    ['CLOSE', 7, { began: false, ended: true, state: null }],
    ['RETRANSMIT', 7, { began: false, ended: false, state: null }],
    ['SEND', 7, { began: true, ended: false, state: null }],
    ['RECV', 7, { began: true, ended: false, state: null }],
    // Every datagram, not only the first.
    ['SEND', null, { began: false, ended: false, state: null }],
    [null, 7, { began: false, ended: false, state: null }],
    ['OWNER', 7, { began: false, ended: false, corrected: true, state: null }],
  ] as const)('%s of socket %s', (name, socket, expected) => {
    expect(toObservation({ ...event, name, socket }, witness)).toMatchObject({ witness, ...expected });
  });

  test('a netstat event of a closed socket tells its end', () => {
    expect(toObservation({ ...event, type: 'netstat', state: 'CLOSE' }, witness).ended).toBe(true);
    expect(toObservation({ ...event, type: 'netstat', state: 'CLOSE_WAIT' }, witness).ended).toBe(false);
  });

  test('a datagram conversation has no TCP state', () => {
    expect(toObservation({ ...event, protocol: 17, name: 'CONNECT' }, witness).state).toBeNull();
  });

  test('everything else is as the event says', () => {
    const { type: _type, name: _name, agent: _agent, exporter: _exporter, ...rest } = event;
    expect(toObservation(event, witness)).toEqual({
      ...rest,
      witness,
      began: false,
      ended: false,
      corrected: false,
      vlan: null,
      since: null,
    });
  });
});
