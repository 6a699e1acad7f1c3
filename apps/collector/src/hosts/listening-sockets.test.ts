import { describe, expect, test } from '@jest/globals';
import { agent, list, process, socket, T0 } from './events.sample.js';
import { ListeningSockets } from './listening-sockets.js';

const A = agent('a');

function ports(sockets: ListeningSockets): number[] {
  return [...sockets.lists()].flatMap(({ listeners }) => listeners.map(({ port }) => port));
}

function ids(sockets: ListeningSockets): string[] {
  return [...sockets.lists()].flatMap(({ listeners }) => listeners.map(({ id }) => id));
}

describe('a list of listening sockets', () => {
  test('replaces the one before, and what is still there stays the same', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(22), socket(80)]), A, T0);
    const [ssh] = ids(sockets);
    sockets.hear(list([socket(443), socket(22)]), A, T0 + 5000);
    expect(ports(sockets)).toEqual([443, 22]);
    expect(ids(sockets)[1]).toBe(ssh);
    // The same port, another socket: a server that was started again.
    sockets.hear(list([socket(22, { socket: 999 })]), A, T0 + 10_000);
    expect(ids(sockets)).not.toContain(ssh);
    expect(sockets.size).toBe(1);
    expect(sockets.ledger.snapshot()).toMatchObject({ seen: 5, delivered: 5, dropped: {}, inFlight: 0 });
  });

  test('of one host leaves those of others alone', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(22)]), A, T0);
    sockets.hear(list([socket(22), socket(80)]), agent('b'), T0);
    sockets.hear(list([]), A, T0 + 1);
    expect(ports(sockets)).toEqual([22, 80]);
  });

  test('knows sockets that nothing tells apart, each by its place among them', () => {
    const sockets = new ListeningSockets();
    const twins = [socket(80, { socket: null }), socket(80, { socket: null })];
    sockets.hear(list(twins), A, T0);
    const before = ids(sockets);
    expect(new Set(before).size).toBe(2);
    sockets.hear(list(twins), A, T0 + 1);
    expect(ids(sockets)).toEqual(before);
  });

  test('in parts counts when all are there, in whatever order they come', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(1)]), A, T0);
    const part = (number: number, port: number) =>
      list([socket(port)], { time: T0 + 5000, part: number, parts: 3 });
    sockets.hear(part(2, 30), A, T0 + 5000);
    sockets.hear(part(0, 10), A, T0 + 5000);
    sockets.hear(part(0, 11), A, T0 + 5000);
    expect(ports(sockets)).toEqual([1]);
    expect(sockets.ledger.inFlight).toBe(2);
    sockets.hear(part(1, 20), A, T0 + 5000);
    expect(ports(sockets)).toEqual([10, 20, 30]);
    expect(sockets.ledger.snapshot()).toMatchObject({ dropped: { 'told twice': 1 }, inFlight: 0 });
  });

  test('that is never complete gives way to the next one, and is counted', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(1), socket(2)], { part: 0, parts: 2 }), A, T0);
    sockets.hear(list([socket(3)], { time: T0 + 5000 }), A, T0 + 5000);
    expect(ports(sockets)).toEqual([3]);
    sockets.hear(list([socket(4)], { time: T0 + 10_000, part: 1, parts: 2 }), A, T0 + 10_000);
    sockets.expire(T0 + 65_000);
    expect(ports(sockets)).toEqual([]);
    expect(sockets.ledger.snapshot()).toMatchObject({
      seen: 4,
      delivered: 1,
      dropped: { 'incomplete list': 3 },
      inFlight: 0,
    });
  });

  test('goes a minute after it was last renewed', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(22)]), A, T0);
    sockets.hear(list([socket(22)]), A, T0 + 5000);
    sockets.expire(T0 + 64_999);
    expect(sockets.size).toBe(1);
    const { revision } = sockets;
    sockets.expire(T0 + 65_000);
    expect([sockets.size, ports(sockets)]).toEqual([0, []]);
    expect(sockets.revision).toBeGreaterThan(revision);
  });

  test('is bounded for one host and for all, complete or not, and what is refused is counted', () => {
    const sockets = new ListeningSockets(undefined, { total: 25, perAgent: 10 });
    const many = Array.from({ length: 15 }, (_, port) => socket(port));
    for (const id of ['a', 'b', 'c', 'd']) sockets.hear(list(many), agent(id), T0);
    expect([...sockets.lists()].map(({ listeners }) => listeners.length)).toEqual([10, 10, 5, 0]);
    expect(sockets.ledger.snapshot()).toMatchObject({
      seen: 60,
      delivered: 25,
      dropped: { 'too many sockets': 35 },
      inFlight: 0,
    });
    const half = (id: string) =>
      sockets.hear(list(many.slice(0, 8), { time: T0 + 1, part: 0, parts: 2 }), agent(id), T0);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) half(id);
    expect(sockets.ledger.inFlight).toBe(24);
    // The first one's list is completed by a part that would be too much.
    sockets.hear(list(many.slice(0, 8), { time: T0 + 1, part: 1, parts: 2 }), A, T0);
    expect([...sockets.lists()][0]!.listeners).toHaveLength(8);
  });

  test('keeps equal processes once, and lets them go with the last socket', () => {
    const sockets = new ListeningSockets();
    const same = (port: number) => socket(port, { process: process('nginx', 80) });
    sockets.hear(list([same(80), same(443)]), A, T0);
    const [first, second] = [...sockets.lists()][0]!.listeners;
    expect(first!.process).toBe(second!.process);
    expect(first!.process).toEqual(process('nginx', 80));
  });

  test('leaves out what has no address', () => {
    const sockets = new ListeningSockets();
    sockets.hear(list([socket(1, { address: 'nowhere' }), socket(2)]), A, T0);
    expect(ports(sockets)).toEqual([2]);
    expect(sockets.ledger.dropped).toBe(1);
  });

  test('of thousands that look alike is read as fast as any', () => {
    const sockets = new ListeningSockets();
    const twin = socket(80, { socket: null });
    sockets.hear(list(Array(10_000).fill(twin)), A, T0);
    expect(sockets.size).toBe(10_000);
    expect(new Set(ids(sockets)).size).toBe(10_000);
  });
});
