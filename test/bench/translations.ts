/** What translation of addresses (NAT) costs the collector: to be told of it, and flows that have it. */
import { FlowTable, Translations, toObservation } from '@packetless/collector/flows';
import type { Observation, Translation, TranslationsEvent, Witness } from '@packetless/model';
import { interleaved } from './rounds.js';
import { sampleEvent } from './sample.js';
import { comparison, perSecond, type Row, type Table } from './table.js';

const ROUNDS = 5;
const FLOWS = 100_000;
const AT_ONCE = 200;
const WITNESS: Witness = { kind: 'agent', name: 'bench', id: 'bench' };
const LOCATION = 'deadbeef/1';

/** What a server tells of each conversation. */
function observations(): Observation[] {
  return Array.from({ length: FLOWS }, (_, index) => {
    const observation = toObservation(sampleEvent(index), WITNESS);
    return { ...observation, location: LOCATION, side: 'server', oriented: true, began: false };
  });
}

/** What the client called it. */
function translationOf({ protocol, client, server }: Observation): Translation {
  const from = { address: client.address, port: client.port };
  return {
    protocol,
    before: { client: from, server: { address: '10.96.0.10', port: 80 } },
    after: { client: from, server: { address: server.address, port: server.port } },
    began: null,
    ended: null,
  };
}

function events(input: readonly Observation[], ended: number | null): TranslationsEvent[] {
  const told: TranslationsEvent[] = [];
  for (let at = 0; at < input.length; at += AT_ONCE) {
    const some = input.slice(at, at + AT_ONCE).map((each) => ({ ...translationOf(each), ended }));
    const about = { type: 'translations', time: Date.now(), agent: 'bench', location: LOCATION } as const;
    told.push({ ...about, translations: some, toldSince: null });
  }
  return told;
}

function create(known: Translations): FlowTable {
  return new FlowTable({
    interfaceName: 'bench',
    capacity: FLOWS,
    isLocal: () => false,
    idleMs: 3_600_000,
    endedMs: 60_000,
    translations: known,
  });
}

export async function translations(): Promise<Table> {
  const input = observations();
  const [began, ended] = [events(input, null), events(input, Date.now())];
  const update = (table: FlowTable) => async () => {
    const start = performance.now();
    for (const observation of input) table.apply(observation);
    return performance.now() - start;
  };
  const known = new Translations();
  const [translated, plain] = [create(known), create(new Translations())];
  for (const event of began) known.hear(event, 'bench', Date.now());
  await update(translated)();
  await update(plain)();
  const [ours, peer] = await interleaved(ROUNDS, update(translated), update(plain));

  const tell = async () => {
    const fresh = new Translations({ lingerMs: 0 });
    const table = create(fresh);
    for (const observation of input) table.apply(observation);
    const start = performance.now();
    for (const event of began) fresh.hear(event, 'bench', Date.now());
    for (const event of ended) fresh.hear(event, 'bench', Date.now());
    fresh.expire(Date.now() + 1, () => true);
    return performance.now() - start;
  };
  await tell();
  const [told] = await interleaved(ROUNDS, tell, async () => 0);
  const rows: Row[] = [
    {
      what: `${FLOWS.toLocaleString('en')} translated flows, updates from behind`,
      ours: perSecond(FLOWS, ours),
      peer: `${perSecond(FLOWS, peer)} without translations`,
      ratio: `×${(ours / peer).toFixed(2)} time`,
      goal: '',
    },
    {
      what: 'a translation made, its flow renamed, and given up',
      ours: perSecond(FLOWS, told),
      peer: '',
      ratio: '',
      goal: '',
    },
    {
      what: 'memory of a translation, estimated by the collector',
      ours: `${Math.round(known.retainedBytes / known.size)} B`,
      peer: '',
      ratio: '',
      goal: '',
    },
  ];
  return comparison('Translations of addresses', rows);
}
