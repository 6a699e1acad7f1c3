import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { KernelRecord } from '@packetless/introspection';
import type { Event, LedgerSnapshot } from '@packetless/model';
import { type AgentSurroundings, createAgent } from './agent.js';
import { datagramRecord, PROCESS, tcpRecord } from './events/records.sample.js';
import { EVERYTHING } from './events/selection.js';
import type { AgentOptions } from './options.js';
import type { Source } from './source/source.js';

const OPTIONS: AgentOptions = {
  endpoints: [],
  print: 'json',
  selection: EVERYTHING,
  filter: null,
  source: { kind: 'auto' },
  netlink: true,
  tier: null,
  cgroup: null,
  intervalMs: 60_000,
  durationMs: null,
  name: 'web-1',
  exporter: '192.0.2.2',
};

/** A source that has these records ready when it is opened, and then more when told. */
class Recorded implements Source {
  readonly kind = 'recorded';
  readonly tier = 'A';
  readonly capabilities = [];
  readonly lost = [];
  #delivered = 0;
  closed = false;
  take: (records: readonly KernelRecord[]) => void = () => {};

  open(onRecords: (records: readonly KernelRecord[]) => void, first: readonly KernelRecord[]): this {
    this.take = (records) => {
      this.#delivered += records.length;
      onRecords(records);
    };
    this.take(first);
    return this;
  }

  account() {
    const delivered = this.#delivered;
    return { produced: delivered + 3, delivered, buffered: 1, dropped: { 'ring buffer full': 2 } };
  }

  close(): void {
    this.closed = true;
  }
}

function agentWith(
  records: readonly KernelRecord[],
  options: Partial<AgentOptions> = {},
  surroundings: AgentSurroundings = {},
) {
  const source = new Recorded();
  const output = new PassThrough();
  const agent = createAgent(
    { ...OPTIONS, ...options },
    { output, openSource: (listener) => source.open(listener.records, records), ...surroundings },
  );
  return { agent, source, output };
}

function balances({ seen, delivered, dropped, inFlight }: LedgerSnapshot): boolean {
  return seen === delivered + inFlight + Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

const RECORDS = [PROCESS, tcpRecord(), datagramRecord(), tcpRecord({ kind: 'close', state: 7 })];

test('records become printed events, and every hop accounts for what it saw', async () => {
  const { agent, source, output } = agentWith(RECORDS);
  await agent.start();
  source.take([tcpRecord({ kind: 'retransmit', count: 3 })]);
  await agent.stop();

  const lines = String(output.read()).trimEnd().split('\n');
  const everything = lines.map((line) => JSON.parse(line) as Event);
  expect(everything.map(({ type }) => type)).toEqual(['flow', 'flow', 'flow', 'status', 'flow', 'status']);
  const events = everything.filter((event) => event.type === 'flow');
  expect(events.map(({ name }) => name)).toEqual(['CONNECT', 'SEND', 'CLOSE', 'RETRANSMIT']);
  expect(events[0]).toMatchObject({ exporter: '192.0.2.2', client: { process: { exe: '/usr/bin/curl' } } });
  expect(events[0]?.agent).toMatch(/^[0-9a-f]{16}$/);
  expect(events[0]?.location).toMatch(/^[0-9a-f]{8}\/4026531840$/);
  expect(source.closed).toBe(true);

  const hops = new Map(agent.ledgers().map((ledger) => [ledger.hop, ledger]));
  for (const ledger of hops.values()) expect(balances(ledger)).toBe(true);
  expect(hops.get('kernel')).toMatchObject({ seen: 8, delivered: 5, inFlight: 0 });
  expect(hops.get('records')?.seen).toBe(5);
  expect(hops.get('selection')?.seen).toBe(4);
  expect(hops.get('output')).toMatchObject({ seen: 6, delivered: 6 });
});

test('a reader that goes away is reported once and the rest goes on', async () => {
  let closed = 0;
  const { agent, source, output } = agentWith(RECORDS, {}, { onOutputClosed: () => (closed += 1) });
  await agent.start();
  output.destroy(new Error('EPIPE'));
  await new Promise((resolve) => setImmediate(resolve));
  source.take(RECORDS);
  await agent.stop();
  expect(closed).toBe(1);
  const printed = agent.ledgers().at(-1)!;
  expect(balances(printed)).toBe(true);
  expect(printed.dropped['output closed']).toBeGreaterThanOrEqual(3);
});
