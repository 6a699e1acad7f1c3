/**
 * The table against the plainest thing that follows the same rules: a list of objects, searched from end to end.
 * What differs between the two is everything the table does to be fast and small.
 */

import { expect, test } from '@jest/globals';
import {
  type Evidence,
  type Flow,
  type Observation,
  type Process,
  protocolName,
  type TcpHealth,
} from '@packetless/model';
import fc from 'fast-check';
import { FlowTable } from './flow-table.js';
import { compileQuery, runQuery } from './query.js';

const T0 = 1_795_312_266_000;
const IDLE = 60_000;
const ENDED = 10_000;

interface ModelSide {
  address: string;
  port: number;
  process: Process | null;
  tcp: Record<keyof TcpHealth, number | null>;
  claimed: boolean;
  location: string | null;
  socket: number | null;
  sideless: boolean;
  final: boolean;
  /** Client → server, server → client. */
  bytes: [number | null, number | null];
}

interface ModelFlow {
  protocol: number;
  sides: [ModelSide, ModelSide];
  oriented: boolean;
  handshake: string | null;
  internal: boolean;
  state: string | null;
  failure: string | null;
  reason: string | null;
  reasonSide: 0 | 1 | null;
  ended: boolean;
  firstSeen: number;
  lastSeen: number;
  arrival: number;
  latency: number | null;
  latencyOfClient: boolean;
  interfaceName: string | null;
  witnesses: { id: string; side: 0 | 1 | null; events: number }[];
  additional: Record<string, unknown>;
}

const HEALTH = [
  'rttMs',
  'rttVarMs',
  'retransmits',
  'outOfOrder',
  'lost',
  'unacknowledged',
  'congestionWindow',
  'deliveryRate',
] as const;
const WORTH: Record<Evidence, number> = { none: 0, proc: 1, snapshot: 2, kernel: 3, io: 3 };

class Model {
  flows: ModelFlow[] = [];

  apply(seen: Observation, now: number): void {
    const given = [seen.client, seen.server] as const;
    const location = seen.location ?? seen.witness.id;
    const internal = seen.interfaceName === 'lo' || given.every((end) => end.address.startsWith('127.'));
    const candidates: { flow: ModelFlow; reversed: boolean; strength: number }[] = [];
    for (const flow of this.flows) {
      const is = (a: number, b: number) =>
        [0, 1].every((side) => {
          const end = given[side === 0 ? a : b]!;
          return flow.sides[side]!.address === end.address && flow.sides[side]!.port === end.port;
        });
      if (flow.protocol !== seen.protocol || (!is(0, 1) && !is(1, 0))) continue;
      const reversed = !is(0, 1);
      const strength = this.#strength(flow, seen, location, internal, reversed, now);
      if (strength === 'superseded') {
        flow.ended = true;
        flow.state = flow.protocol === 6 ? 'CLOSE' : 'CLOSED';
      } else if (strength > 0) candidates.push({ flow, reversed, strength });
    }
    const host = (place: string | null) => place?.split('/')[0];
    const rank = ({ flow, strength }: { flow: ModelFlow; strength: number }) => [
      strength,
      Number(flow.sides.some((side) => side.location !== null && host(side.location) === host(location))),
      Number(!flow.ended),
      flow.lastSeen,
    ];
    candidates.sort((a, b) => {
      const [x, y] = [rank(a), rank(b)];
      const place = x.findIndex((value, index) => value !== y[index]);
      return place < 0 ? 0 : y[place]! - x[place]!;
    });
    const best = candidates[0] ?? { flow: this.#begin(seen), reversed: false };
    this.#merge(best.flow, seen, location, internal, best.reversed, now);
  }

  #begin(seen: Observation): ModelFlow {
    const side = ({ address, port }: { address: string; port: number }): ModelSide => ({
      address,
      port,
      process: null,
      tcp: Object.fromEntries(HEALTH.map((name) => [name, null])) as ModelSide['tcp'],
      claimed: false,
      location: null,
      socket: null,
      sideless: false,
      final: false,
      bytes: [null, null],
    });
    const flow: ModelFlow = {
      protocol: seen.protocol,
      sides: [side(seen.client), side(seen.server)],
      oriented: false,
      handshake: null,
      internal: false,
      state: null,
      failure: null,
      reason: null,
      reasonSide: null,
      ended: false,
      firstSeen: Number.POSITIVE_INFINITY,
      lastSeen: Number.NEGATIVE_INFINITY,
      arrival: 0,
      latency: null,
      latencyOfClient: false,
      interfaceName: null,
      witnesses: [],
      additional: {},
    };
    this.flows.push(flow);
    return flow;
  }

  #strength(
    flow: ModelFlow,
    seen: Observation,
    location: string,
    internal: boolean,
    reversed: boolean,
    now: number,
  ): number | 'superseded' {
    if (flow.internal || internal) {
      const known = flow.sides[0].location ?? flow.sides[1].location;
      if (known !== null && known !== location) return 0;
    }
    const soon = Math.max(0, now - flow.arrival) < 5000;
    const inTime = seen.time <= flow.lastSeen || (seen.ended && !seen.began && soon);
    const given = seen.handshake === null ? null : eitherWay(seen.handshake);
    const handshake = given === null || flow.handshake === null ? null : given === flow.handshake;
    const newer = !flow.ended && seen.time >= flow.lastSeen && (seen.began || !seen.ended);
    const other = newer ? 'superseded' : 0;

    const side = seen.side === null ? null : flow.sides[(seen.side === 'client') === !reversed ? 0 : 1]!;
    if (side?.claimed) {
      if (side.location !== location) return 0;
      if (seen.socket !== null && side.socket !== null) {
        if (seen.socket !== side.socket) return side.port === 0 ? 0 : other;
        return flow.ended && seen.began && seen.time > flow.lastSeen && flow.protocol !== 6 ? 0 : 3;
      }
      if (handshake !== null) return handshake ? 3 : other;
      if (seen.began) return seen.time === flow.firstSeen || seen.time === flow.lastSeen ? 3 : other;
      return flow.ended && !inTime ? 0 : 3;
    }
    if (handshake !== null) return handshake ? 2 : 0;
    const claimed = flow.sides.filter((one) => one.claimed);
    const elsewhere = claimed.every((one) => one.location?.split('/')[0] !== location.split('/')[0]);
    const firstWord = side !== null && claimed.length > 0 && elsewhere && soon;
    return flow.ended && !inTime && !(firstWord && seen.time < flow.lastSeen + 5000) ? 0 : 1;
  }

  #merge(
    flow: ModelFlow,
    seen: Observation,
    location: string,
    internal: boolean,
    wasReversed: boolean,
    now: number,
  ): void {
    let reversed = wasReversed;
    if (seen.oriented && !flow.oriented) {
      if (reversed) turn(flow);
      reversed = false;
      flow.oriented = true;
    }
    const own = seen.side === null ? null : (seen.side === 'client') === !reversed ? 0 : 1;
    const ends = reversed ? [seen.server, seen.client] : [seen.client, seen.server];
    const late = own !== null && flow.sides[own].final && !seen.ended;
    const firstOfSide =
      (flow.witnesses.find((witness) => witness.side === own)?.id ?? seen.witness.id) === seen.witness.id;

    if (seen.counters !== null && (seen.counters.kind === 'absolute' || firstOfSide)) {
      const counting = own ?? (!flow.sides[0].claimed ? 0 : !flow.sides[1].claimed ? 1 : null);
      if (counting !== null) {
        const side = flow.sides[counting];
        if (own !== null && side.sideless) {
          side.bytes = [null, null];
          side.sideless = false;
        }
        const { kind, bytesSent, bytesReceived } = seen.counters;
        for (const [index, count] of (reversed
          ? [bytesReceived, bytesSent]
          : [bytesSent, bytesReceived]
        ).entries()) {
          if (count < 0) continue;
          const known = side.bytes[index] ?? 0;
          side.bytes[index] = kind === 'delta' ? known + count : Math.max(known, count);
        }
        if (own === null) side.sideless = true;
      }
    }
    flow.internal ||= internal;
    if (own !== null) {
      flow.sides[own].location = flow.sides[own].claimed ? flow.sides[own].location : location;
      flow.sides[own].claimed = true;
      flow.sides[own].socket ??= seen.socket;
    } else if (flow.internal && flow.sides.every((side) => side.location === null)) {
      flow.sides[0].location = location;
    }
    for (const [index, end] of ends.entries()) {
      const side = flow.sides[index as 0 | 1];
      if (end.tcp !== null && !late) {
        for (const name of HEALTH) {
          const total = name === 'retransmits' || name === 'outOfOrder';
          const told = end.tcp[name];
          if (told !== null) side.tcp[name] = total ? Math.max(side.tcp[name] ?? 0, told) : told;
        }
      }
      if (end.process === null) continue;
      const foreign = own !== null && own !== index;
      const worse = side.process === null ? -1 : WORTH[side.process.evidence] - WORTH[end.process.evidence];
      if (foreign ? worse < 0 : seen.corrected || worse <= 0) side.process = end.process;
    }
    if (seen.retransmits !== null && firstOfSide && seen.retransmits > 0) {
      const side = flow.sides[own ?? 0];
      const told = own === null ? null : ends[own]!.tcp?.retransmits;
      if (told == null) side.tcp.retransmits = (side.tcp.retransmits ?? 0) + seen.retransmits;
    }
    if (seen.handshake !== null) flow.handshake ??= eitherWay(seen.handshake);
    if (seen.connectLatencyMs !== null && !(own === 1 && flow.latencyOfClient)) {
      flow.latency = seen.connectLatencyMs;
      flow.latencyOfClient ||= own !== 1;
    }
    flow.failure = seen.failure ?? flow.failure;
    const tellsMore = seen.ended && seen.reason !== 'peer reset';
    if (seen.reason !== null && (flow.reason === null || !flow.ended || tellsMore)) {
      flow.reason = seen.reason;
      flow.reasonSide = own;
    }
    if (seen.ended && own !== null) flow.sides[own].final = true;
    if (!flow.ended) {
      if (seen.ended) flow.state = seen.began ? 'FAILED' : flow.protocol === 6 ? 'CLOSE' : 'CLOSED';
      else if (flow.protocol !== 6) flow.state = 'ACTIVE';
      else if (flow.state === null || seen.time >= flow.lastSeen) flow.state = seen.state ?? flow.state;
      flow.ended = seen.ended;
    }
    if (own !== 1 || flow.interfaceName === null)
      flow.interfaceName = seen.interfaceName ?? flow.interfaceName;
    Object.assign(flow.additional, seen.additional);
    const witness = flow.witnesses.find(({ id, side }) => id === seen.witness.id && side === own);
    if (witness === undefined) flow.witnesses.push({ id: seen.witness.id, side: own, events: 1 });
    else witness.events++;
    flow.firstSeen = Math.min(flow.firstSeen, seen.time);
    flow.lastSeen = Math.max(flow.lastSeen, seen.time);
    flow.arrival = now;
  }

  expire(now: number): void {
    this.flows = this.flows.filter((flow) => now - flow.arrival < (flow.ended ? ENDED : IDLE));
  }

  /** What can be seen of them. */
  view(): unknown[] {
    return this.flows.map((flow) => ({
      ends: flow.sides.map(({ address, port, process }) => ({ address, port, process })),
      protocol: protocolName(flow.protocol),
      state: flow.state,
      interfaceName: flow.interfaceName,
      times: [flow.firstSeen, flow.lastSeen],
      bytes: [0, 1].map((direction) => chosenBytes(flow, direction as 0 | 1)),
      tcp:
        flow.protocol !== 6
          ? null
          : {
              connectLatencyMs: flow.latency,
              client: Object.values(flow.sides[0].tcp).some((value) => value !== null)
                ? flow.sides[0].tcp
                : null,
              server: Object.values(flow.sides[1].tcp).some((value) => value !== null)
                ? flow.sides[1].tcp
                : null,
              failure: flow.failure,
              reason: flow.reason,
              reasonSide: sideName(flow.reasonSide),
            },
      witnesses: flow.witnesses.map(({ id, side, events }) => [id, sideName(side), events]),
      additional: flow.additional,
    }));
  }
}

function chosenBytes(flow: ModelFlow, direction: 0 | 1): number | null {
  const [client, server] = flow.sides.map((side) => side.bytes[direction]) as [number | null, number | null];
  if (client === null || server === null) return client ?? server;
  if (flow.sides[0].final) return client;
  return flow.sides[1].final ? server : Math.max(client, server);
}

/** Both numbers, whichever end is called client. */
function eitherWay(handshake: string): string {
  return [handshake.slice(0, 8), handshake.slice(8)].sort().join('');
}

function turn(flow: ModelFlow): void {
  flow.sides.reverse();
  for (const side of flow.sides) side.bytes.reverse();
  for (const witness of flow.witnesses)
    witness.side = witness.side === null ? null : witness.side === 0 ? 1 : 0;
  flow.latencyOfClient = false;
  if (flow.reasonSide !== null) flow.reasonSide = flow.reasonSide === 0 ? 1 : 0;
}

function sideName(side: 0 | 1 | null): string | null {
  return side === null ? null : side === 0 ? 'client' : 'server';
}

function viewOf(flow: Flow): unknown {
  return {
    ends: [flow.client, flow.server].map(({ address, port, process }) => ({ address, port, process })),
    protocol: flow.protocol,
    state: flow.state,
    interfaceName: flow.interfaceName,
    times: [flow.firstSeen, flow.lastSeen],
    bytes: [flow.bytes.sent, flow.bytes.received],
    tcp: flow.tcp,
    witnesses: flow.witnesses.map(({ name, side, events }) => [name, side, events]),
    additional: { ...flow.additional },
  };
}

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null, freq: 2 });
const process = fc
  .record({ pid: fc.nat(2), evidence: fc.constantFrom<Evidence>('none', 'proc', 'snapshot', 'kernel', 'io') })
  .map(
    ({ pid, evidence }): Process => ({
      pid,
      uid: 0,
      user: 'root',
      gid: 0,
      group: 'root',
      name: `p${pid}`,
      exe: null,
      cmdline: null,
      tid: null,
      script: null,
      exeDeleted: null,
      role: null,
      parent: null,
      evidence,
    }),
  );
const count = fc.nat(100);
const tcp = fc.record({
  rttMs: maybe(count),
  rttVarMs: maybe(count),
  retransmits: maybe(count),
  outOfOrder: maybe(count),
  lost: maybe(count),
  unacknowledged: maybe(count),
  congestionWindow: maybe(count),
  deliveryRate: maybe(count),
});
const told = { process: maybe(process), container: fc.constant(null), tcp: maybe(tcp) };

/** Few addresses, ports, places and sockets, so that everything meets everything. */
const observation = fc
  .record({
    scope: fc.constantFrom('10.0.0.', '10.0.0.', '10.0.0.', '127.0.0.', 'fd00::'),
    reversed: fc.boolean(),
    port: fc.constantFrom(1000, 1000, 1000, 1001),
    client: fc.record(told),
    server: fc.record(told),
    witness: fc.constantFrom('a', 'b', 'c'),
    after: fc.integer({ min: -2, max: 5 }),
    side: fc.constantFrom('client' as const, 'client' as const, 'server' as const, null),
    oriented: fc.boolean(),
    interfaceName: fc.constantFrom('eth0', 'eth0', 'cbr0', 'lo', null, null, null),
    location: fc.constantFrom('h1/1', 'h1/1', 'h1/1', 'h1/2', 'h2/1', null),
    socket: fc.constantFrom(1, 1, 1, 2, null),
    handshake: maybe(fc.constantFrom('0000000100000002', '0000000300000004')),
    state: maybe(fc.constantFrom('ESTABLISHED' as const, 'SYN_SENT' as const, 'CLOSE_WAIT' as const)),
    counters: maybe(
      fc.record({
        kind: fc.constantFrom('absolute' as const, 'delta' as const),
        bytesSent: fc.integer({ min: -1, max: 100 }),
        bytesReceived: count,
        packetsSent: fc.constant(null),
        packetsReceived: fc.constant(null),
      }),
    ),
    connectLatencyMs: maybe(count),
    retransmits: maybe(count),
    failure: fc.constantFrom('refused' as const, null, null),
    reason: fc.constantFrom('timeout', 'peer reset', 'reset here', null, null),
    corrected: fc.constantFrom(true, false, false, false),
    additional: maybe(fc.dictionary(fc.constantFrom('x', 'y'), fc.nat(2))),
    protocol: fc.constantFrom(6, 6, 6, 17, 89),
    began: fc.constantFrom(true, false, false),
    ended: fc.constantFrom(true, false, false, false, false, false),
  })
  .map(({ scope, reversed, port, after, witness, ...rest }) => {
    const portless = rest.protocol === 89;
    const ends = [
      { address: `${scope}1`, port: portless ? 0 : port },
      { address: `${scope}2`, port: portless ? 0 : 443 },
    ];
    if (reversed) ends.reverse();
    return (now: number): Observation => ({
      ...rest,
      time: now + after * 500,
      witness: { kind: 'agent', name: witness, id: witness },
      client: { ...ends[0]!, ...rest.client },
      server: { ...ends[1]!, ...rest.server },
      translated: null,
    });
  });

const step = fc.oneof(
  { weight: 8, arbitrary: observation },
  { weight: 1, arbitrary: fc.constantFrom(100, 3000, 6000, 11_000, 61_000) },
);

test('any sequence of observations makes the same flows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      let now = T0;
      const table = new FlowTable({
        interfaceName: 'x',
        capacity: 100,
        isLocal: () => false,
        idleMs: IDLE,
        endedMs: ENDED,
        now: () => now,
      });
      const model = new Model();
      for (const step of steps) {
        if (typeof step === 'number') {
          now += step;
          table.expire(now);
          model.expire(now);
        } else {
          const seen = step(now);
          table.apply(seen);
          model.apply(seen, now);
        }
      }
      const { rows } = runQuery([table], compileQuery({ sort: 'firstSeen', limit: 1000, offset: 0 }));
      const text = (views: unknown[]) => views.map((view) => canonical(view)).sort();
      expect(text(rows.map((row) => viewOf(row.toFlow())))).toEqual(text(model.view()));
      expect(table.size).toBe(model.flows.length);
      expect(table.ended).toBe(model.flows.filter((flow) => flow.ended).length);
    }),
    { numRuns: 600 },
  );
}, 60_000);

function canonical(view: unknown): string {
  return JSON.stringify(view, (_key, value) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
