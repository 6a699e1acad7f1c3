/** The flow table against a Map of objects, with the same observations. */
import { FlowTable, toObservation } from '@packetless/collector/flows';
import type { Observation, Witness } from '@packetless/model';
import { sampleEvent } from './sample.js';
import { interleaved, perSecond, type Row } from './table.js';

const ROUNDS = 3;
const WITNESS: Witness = { kind: 'agent', name: 'bench', id: 'bench' };

function observations(flows: number): Observation[] {
  return Array.from({ length: flows }, (_, index) => ({
    ...toObservation(sampleEvent(index), WITNESS),
    began: false,
  }));
}

class MapTable {
  readonly #flows = new Map<string, Observation>();

  apply(observation: Observation): void {
    const { client, server, protocol } = observation;
    const key = `${protocol} ${client.address} ${client.port} ${server.address} ${server.port}`;
    const known = this.#flows.get(key);
    this.#flows.set(key, known === undefined ? { ...observation } : Object.assign(known, observation));
  }
}

export async function flowTable(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const flows of [100_000, 1_000_000]) {
    const input = observations(flows);
    const table = new FlowTable({
      interfaceName: 'bench',
      capacity: flows,
      isLocal: () => false,
      idleMs: 3_600_000,
      endedMs: 60_000,
    });
    const map = new MapTable();
    for (const observation of input) {
      table.apply(observation);
      map.apply(observation);
    }
    const update = (target: { apply(observation: Observation): void }) => async () => {
      const start = performance.now();
      for (const observation of input) target.apply(observation);
      return performance.now() - start;
    };
    const [ours, peer] = await interleaved(ROUNDS, update(table), update(map));
    rows.push({
      what: `flow table, ${flows.toLocaleString('en')} flows, updates`,
      ours: perSecond(flows, ours),
      peer: `${perSecond(flows, peer)} Map of objects`,
      ratio: `×${(peer / ours).toFixed(2)} faster, ${Math.round(table.retainedBytes() / table.size)} B a flow`,
      goal: '≤ 200 B',
    });
  }
  return rows;
}
