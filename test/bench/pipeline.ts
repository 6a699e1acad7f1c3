/** Real connections through the real programs: CPU that agent and collector spend on an event, and what is lost. */
import { execFileSync } from 'node:child_process';
import { encodeConversation, encodeHeader } from '@packetless/wire';
import { Publisher } from 'zeromq';
import { Collector, startAgent } from '../harness/packetless.js';
import { waitFor } from '../harness/wait.js';
import { cleaningUp } from './cleaning-up.js';
import { compileLoad, LOAD_TIMEOUT_MS } from './load.js';
import { cpuMs, memoryOf } from './process-cost.js';
import { sampleEvent } from './sample.js';
import { comparison, type Row, type Table } from './table.js';

const CONNECTIONS = 20_000;
const EVENTS = 320_000;
/** Until the code is compiled; not measured. */
const WARM_UP_EVENTS = 96_000;
const FLOWS = 48_000;

function perCore(events: number, milliseconds: number): string {
  return `${(events / milliseconds).toFixed(0)} k events/s a core`;
}

/** Events of a burst of connections, from the kernel to the flow table. */
export async function pipeline(): Promise<Table> {
  return cleaningUp(async (cleanup) => {
    const load = compileLoad(cleanup, 'load');
    const collector = await Collector.start(cleanup);
    const agent = await startAgent(cleanup, collector);
    const eventsNow = async () => (await collector.agents()).agents[0]!.events;
    const before = {
      events: await eventsNow(),
      agent: cpuMs(agent.pid),
      collector: cpuMs(collector.program.pid),
    };
    execFileSync(load, ['connect', String(CONNECTIONS)], { timeout: LOAD_TIMEOUT_MS });
    let last = -1;
    await waitFor(
      'the last event',
      async () => {
        const events = await eventsNow();
        const still = events === last && events > before.events;
        last = events;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return still;
      },
      60_000,
    );
    const events = last - before.events;
    const dropped = (await collector.agents()).agents[0]!.ledgers.flatMap((ledger) =>
      Object.values(ledger.dropped),
    ).reduce((sum, count) => sum + count, 0);
    const detail = `${events.toLocaleString('en')} events, ${dropped.toLocaleString('en')} dropped`;
    const row = (what: string, pid: number, start: number): Row => ({
      what,
      ours: perCore(events, cpuMs(pid) - start),
      peer: detail,
      ratio: `${memoryOf(pid).resident.toFixed(0)} MB`,
      goal: '',
    });
    return comparison('A burst of connections, from the kernel to the flow table', [
      row('agent, kernel to socket', agent.pid, before.agent),
      row('collector, socket to table', collector.program.pid, before.collector),
    ]);
  });
}

/** A plain PUB drops what is too much; this one waits, so that the collector is busy all the time. */
async function sendWhenThereIsRoom(publisher: Publisher, message: Uint8Array[]): Promise<void> {
  for (;;) {
    try {
      await publisher.send(message);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The collector alone, flooded with compatible JSON: one event a message, as others send them, and eight, as ours does. */
export async function collectorFlood(): Promise<Table> {
  return comparison('The collector, flooded with compatible JSON', [
    await flood(1, '≥ 90 k/s'),
    await flood(8, '≥ 300 k/s'),
  ]);
}

async function flood(eventsPerMessage: number, goal: string): Promise<Row> {
  return cleaningUp(async (cleanup) => {
    const collector = await Collector.start(cleanup);
    const publisher = new Publisher({ sendHighWaterMark: 10_000 / eventsPerMessage, noDrop: true });
    cleanup.add(() => publisher.close());
    publisher.connect(`tcp://127.0.0.1:${collector.zmqPort}`);
    const seen = async () => (await collector.health()).ledgers[0]!.seen;
    const payloads = floodPayloads(eventsPerMessage);
    const send = (messageId: number) => {
      const payload = payloads[messageId % payloads.length]!;
      const size = payload.length;
      const header = encodeHeader({ layout: 'v1', topic: 'flow', version: 2, sourceId: 1, messageId, size });
      return sendWhenThereIsRoom(publisher, [header, payload]);
    };
    await waitFor('the subscription', async () => {
      await send(1);
      return (await seen()) > 0;
    });
    const warmUp = WARM_UP_EVENTS / eventsPerMessage;
    for (let index = 1; index <= warmUp; index += 1) await send(index);
    const start = { seen: await seen(), cpu: cpuMs(collector.program.pid) };
    for (let index = 1; index <= EVENTS / eventsPerMessage; index += 1) await send(warmUp + index);
    let last = -1;
    await waitFor(
      'the last message',
      async () => {
        const now = await seen();
        const still = now === last;
        last = now;
        await new Promise((resolve) => setTimeout(resolve, 500));
        return still;
      },
      60_000,
    );
    const received = (last - start.seen) * eventsPerMessage;
    const bytes = Math.round(payloads[1]!.length / eventsPerMessage);
    return {
      what: `${eventsPerMessage} a message`,
      ours: perCore(received, cpuMs(collector.program.pid) - start.cpu),
      peer: `${received.toLocaleString('en')} events of ${bytes} bytes about ${FLOWS.toLocaleString('en')} flows`,
      ratio: `${memoryOf(collector.program.pid).resident.toFixed(0)} MB`,
      goal,
    };
  });
}

function floodPayloads(eventsPerMessage: number): Buffer[] {
  return Array.from({ length: FLOWS / eventsPerMessage }, (_, message) => {
    const texts = Array.from({ length: eventsPerMessage }, (_, index) =>
      encodeConversation(sampleEvent(message * eventsPerMessage + index)),
    );
    return Buffer.from(eventsPerMessage === 1 ? texts[0]! : `[${texts.join(',')}]`);
  });
}
