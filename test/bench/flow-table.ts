/**
 * The flow table against the least that a program could do: a Map from addresses and ports to an object, in which the
 * last value wins. The Map does not find a conversation told the other way round, does not tell two hosts' loopback
 * or two uses of a port apart, keeps no account per side, and never lets go of anything.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FlowTable, toObservation } from '@packetless/collector/flows';
import type { Observation, Witness } from '@packetless/model';
import { decodeMessage, encodeConversation, encodeHeader } from '@packetless/wire';
import { interleaved } from './rounds.js';
import { sampleEvent } from './sample.js';
import { comparison, perSecond, type Row, type Table } from './table.js';

const ROUNDS = 3;
/** Those whose memory is measured, each told by a message of its own. */
const HELD_FLOWS = 100_000;
const WITNESS: Witness = { kind: 'agent', name: 'bench', id: 'bench' };
const HEADER = encodeHeader({
  layout: 'v1',
  topic: 'flow',
  version: 2,
  sourceId: 1,
  messageId: 1,
  size: 600,
});

interface Updatable {
  apply(observation: Observation): void;
}

class MapTable implements Updatable {
  readonly #flows = new Map<string, { -readonly [Key in keyof Observation]: Observation[Key] }>();

  apply(observation: Observation): void {
    const { client, server, protocol } = observation;
    const key = `${protocol} ${client.address} ${client.port} ${server.address} ${server.port}`;
    const flow = this.#flows.get(key);
    if (flow === undefined) {
      this.#flows.set(key, { ...observation });
      return;
    }
    flow.time = observation.time;
    flow.state = observation.state ?? flow.state;
    flow.counters = observation.counters ?? flow.counters;
    flow.client = client;
    flow.server = server;
  }
}

function createTable(capacity: number): FlowTable {
  return new FlowTable({
    interfaceName: 'bench',
    capacity,
    isLocal: () => false,
    idleMs: 3_600_000,
    endedMs: 60_000,
  });
}

function observations(flows: number): Observation[] {
  return Array.from({ length: flows }, (_, index) => ({
    ...toObservation(sampleEvent(index), WITNESS),
    began: false,
  }));
}

/** Of an observation as it comes off the wire: nothing in it is shared with another one. */
function received(index: number): Observation {
  const text = encodeConversation(sampleEvent(index));
  const event = decodeMessage([HEADER, Buffer.from(text)], 0).events[0]!;
  if (event.type !== 'flow') throw new Error('The sample is no conversation.');
  return toObservation(event, WITNESS);
}

/** Bytes that a table holds for each flow, as V8 accounts for them. */
function heldPerFlow(create: () => Updatable): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const held = () => {
    // What the first turn finds unused, the second gives back.
    collectGarbage();
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const table = create();
  for (let index = 0; index < HELD_FLOWS; index++) table.apply(received(index));
  const bytes = held() - before;
  // Used once more, so that it is not garbage itself while it is measured.
  table.apply(received(0));
  return bytes / HELD_FLOWS;
}

export async function flowTable(): Promise<Table> {
  const rows: Row[] = [];
  for (const flows of [100_000, 1_000_000]) {
    const input = observations(flows);
    const table = createTable(flows);
    const map = new MapTable();
    for (const observation of input) {
      table.apply(observation);
      map.apply(observation);
    }
    const update = (target: Updatable) => async () => {
      const start = performance.now();
      for (const observation of input) target.apply(observation);
      return performance.now() - start;
    };
    const [ours, peer] = await interleaved(ROUNDS, update(table), update(map));
    rows.push({
      what: `flow table, ${flows.toLocaleString('en')} flows, updates`,
      ours: perSecond(flows, ours),
      peer: `${perSecond(flows, peer)} Map, last value wins`,
      ratio: `×${(ours / peer).toFixed(2)} time`,
      goal: '',
    });
  }
  const ours = heldPerFlow(() => createTable(HELD_FLOWS));
  const peer = heldPerFlow(() => new MapTable());
  rows.push({
    what: `flow table, ${HELD_FLOWS.toLocaleString('en')} flows, memory`,
    ours: `${Math.round(ours)} B a flow`,
    peer: `${Math.round(peer).toLocaleString('en')} B a flow, Map, last value wins`,
    ratio: `×${(ours / peer).toFixed(2)} memory`,
    goal: '≤ 200 B',
  });
  return comparison('The flow table', rows);
}
