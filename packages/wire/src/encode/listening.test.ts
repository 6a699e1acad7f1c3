import { describe, expect, test } from '@jest/globals';
import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import fc from 'fast-check';
import { decodeOnly, task } from '../testing/fixtures.js';
import { listeningEvents } from '../testing/host-events.js';
import { encodeListening, MAX_LISTENING_BYTES } from './listening.js';

const sshd: ListeningSocket = {
  protocol: 6,
  address: '0.0.0.0',
  port: 22,
  process: task({ pid: 111, uid: 0, user: 'root', name: 'sshd', exe: '/usr/sbin/sshd', evidence: 'kernel' }),
  container: null,
  location: 'deadbeef/4026531840',
  socket: 77,
  interfaceName: null,
  since: 1795311000000.001,
  backlog: 0,
  backlogLimit: 128,
};
const list: ListeningEvent = {
  type: 'listening',
  time: 1795311005000.5,
  agent: '0123456789abcdef',
  exporter: '192.168.2.131',
  addresses: ['192.168.2.131', '127.0.0.1', '::1'],
  location: 'deadbeef/4026531840',
  part: 0,
  parts: 1,
  sockets: [sshd],
};
const decode = (text: string) => decodeOnly('listening-ports', 'listening', text);
const texts = (event: ListeningEvent) => encodeListening(event).messages.map(({ text }) => text);
const only = (event: ListeningEvent) => JSON.parse(texts(event)[0]!);

describe('listening sockets of our agent', () => {
  test('have what ntopng reads, and all that is known beside it', () => {
    expect(only(list)).toEqual({
      'ip-addresses': ['192.168.2.131', '127.0.0.1', '::1'],
      'listening-ports': { tcp4: [{ port: 22, proc: 'sshd', pkg: '' }], tcp6: [], udp4: [], udp6: [] },
      'instance-name': '0123456789abcdef',
      packetless: {
        time: '1795311005.000500',
        agent: '0123456789abcdef',
        exporter: '192.168.2.131',
        location: 'deadbeef/4026531840',
        part: 0,
        parts: 1,
        sockets: [
          {
            protocol: 6,
            address: '0.0.0.0',
            port: 22,
            location: 'deadbeef/4026531840',
            socket: 77,
            since: '1795311000.000001',
            backlog: 0,
            backlogLimit: 128,
            process: { PID: 111, UID: 0, UID_NAME: 'root', PROCESS_PATH: '/usr/sbin/sshd' },
            evidence: 'kernel',
          },
        ],
      },
    });
  });

  test('are read as they were written, each message valid alone', () => {
    fc.assert(
      fc.property(listeningEvents, (event) => {
        const { messages, leftOut } = encodeListening(event);
        expect(leftOut).toBe(0);
        for (const { text, size } of messages) expect(size).toBe(Buffer.byteLength(text));
        const parts = messages.map(({ text }) => decode(text));
        expect({ ...parts[0]!, parts: 1, sockets: parts.flatMap(({ sockets }) => sockets) }).toEqual(event);
      }),
    );
  });

  test('have no null, and texts where ntopng reads texts', () => {
    fc.assert(
      fc.property(listeningEvents, (event) => {
        for (const text of texts(event)) {
          expect(text).not.toMatch(/:null|\[null/);
          const ports = Object.values(JSON.parse(text)['listening-ports']).flat() as {
            [key: string]: unknown;
          }[];
          for (const { port, proc, pkg } of ports) {
            expect([typeof port, typeof proc, typeof pkg]).toEqual(['number', 'string', 'string']);
          }
        }
      }),
    );
  });

  test('of containers are not told to ntopng, which would file them under the host’s addresses', () => {
    const inside = { ...sshd, port: 80, location: 'deadbeef/4026532008' };
    const event = { ...list, sockets: [sshd, inside] };
    expect(only(event)['listening-ports'].tcp4).toEqual([{ port: 22, proc: 'sshd', pkg: '' }]);
    expect(decode(texts(event)[0]!).sockets).toEqual([sshd, inside]);
  });

  test('that are many come in parts, and each part tells ntopng all ports', () => {
    const sockets = Array.from({ length: 400 }, (_, index) => ({
      ...sshd,
      port: index + 1,
      process: { ...sshd.process!, cmdline: 'sshd -D '.repeat(40) },
    }));
    const { messages } = encodeListening({ ...list, sockets });
    expect(messages.length).toBeGreaterThan(2);
    for (const { size } of messages) expect(size).toBeLessThanOrEqual(MAX_LISTENING_BYTES);
    const parts = messages.map(({ text }) => decode(text));
    expect(parts.map(({ part, parts }) => [part, parts])).toEqual(
      parts.map((_, index) => [index, messages.length]),
    );
    expect(new Set(parts.map(({ time }) => time))).toEqual(new Set([list.time]));
    expect(parts.flatMap(({ sockets }) => sockets)).toEqual(sockets);
    for (const { text } of messages) expect(JSON.parse(text)['listening-ports'].tcp4).toHaveLength(400);
  });

  test('of one program with many sockets on a port are one port to ntopng', () => {
    const event = { ...list, sockets: [sshd, { ...sshd, socket: 78 }, { ...sshd, address: '::' }] };
    expect(only(event)['listening-ports']).toMatchObject({
      tcp4: [{ port: 22, proc: 'sshd' }],
      tcp6: [{ port: 22, proc: 'sshd' }],
    });
  });

  test('beyond all reason are left out, counted, and the rest stays within bounds', () => {
    const process = { ...sshd.process!, exe: `/${'x'.repeat(4000)}`, cmdline: 'y'.repeat(3500) };
    const sockets = Array.from({ length: 4000 }, (_, port) => ({ ...sshd, port, process }));
    const { messages, leftOut } = encodeListening({ ...list, sockets });
    expect(messages.every(({ size }) => size <= MAX_LISTENING_BYTES)).toBe(true);
    const told = messages.reduce((sum, { text }) => sum + decode(text).sockets.length, 0);
    expect(leftOut).toBeGreaterThan(0);
    expect(told + leftOut).toBe(4000);
  });

  test('that are a part already stay that part', () => {
    const event = { ...list, part: 3, parts: 7 };
    expect(texts(event).map(decode)).toEqual([event]);
  });
});

describe('an owner that is not known', () => {
  test('is an empty text for ntopng and nobody for us', () => {
    const event = { ...list, sockets: [{ ...sshd, process: null }] };
    expect(only(event)['listening-ports'].tcp4).toEqual([{ port: 22, proc: '', pkg: '' }]);
    expect(decode(texts(event)[0]!).sockets[0]!.process).toBe(null);
  });
});
