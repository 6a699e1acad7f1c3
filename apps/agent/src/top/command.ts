/** `packetless-agent top`: who talks at this moment. */

import { performance } from 'node:perf_hooks';
import { inert, painter, wantsColour } from '@packetless/terminal';
import { type Agent, createAgent } from '../agent.js';
import { EVERYTHING } from '../events/selection.js';
import { explain } from '../explain.js';
import { agentIdentity, readHost } from '../identity/host.js';
import { Places } from '../identity/places.js';
import { OptionsError } from '../options/arguments.js';
import { keepOnly } from '../privileges.js';
import { EXIT, say } from '../program.js';
import { losses } from '../summary.js';
import { tableText } from './batch.js';
import { LiveTable } from './live.js';
import { TopModel } from './model.js';
import { parseTopOptions, type TopOptions } from './options.js';
import { initialState } from './state.js';

/** Throws `OptionsError`. */
export async function main(args: readonly string[]): Promise<void> {
  const options = parseTopOptions(args);
  if (options === null) process.stdout.write((await import('./manual.js')).TOP_MANUAL);
  else await run(options);
}

async function run(options: TopOptions): Promise<void> {
  if (options.batch === null && !(process.stdout.isTTY && process.stdin.isTTY)) {
    throw new OptionsError('this is no terminal: add --once for one table, or --batch N for N of them');
  }
  const host = readHost();
  let onSpan = (): void => {};
  let over = false;
  const model = new TopModel({
    intervalMs: options.intervalMs,
    speed: options.source.kind === 'replay' ? options.source.speed : 1,
    filter: options.filter,
    places: new Places(host),
    self: { agent: agentIdentity(host, options.name).id, name: options.name },
    now: () => performance.now(),
    onSpan: () => onSpan(),
  });
  const agent = createAgent(
    {
      ...options,
      endpoints: [],
      print: null,
      selection: { ...EVERYTHING, loopback: options.loopback, listening: options.listening },
      filter: null,
      exporter: '127.0.0.1',
    },
    {
      sink: model.sink,
      notice: say,
      onSourceEnded: () => {
        over = true;
        if (options.batch !== null) void stop();
      },
    },
  );

  let live: LiveTable | null = null;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(EXIT.ok);
    stopping = true;
    live?.stop();
    await agent.stop();
    const lost = losses(agent.ledgers());
    if (lost.length > 0) say(`lost: ${lost.join(', ')}`);
    process.exit(EXIT.ok);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());
  process.stdout.on('error', () => void stop());

  try {
    await agent.start();
  } catch (error) {
    process.exit(explain(error));
  }
  keepOnly(agent.source.capabilities, say);
  model.begin();
  if (options.durationMs !== null) setTimeout(() => void stop(), options.durationMs);
  if (options.batch === null) {
    live = liveTable(
      options,
      model,
      agent,
      () => over,
      () => void stop(),
    );
    onSpan = () => live?.refresh();
    live.start();
  } else {
    onSpan = printer(options, options.batch, model, () => void stop());
    setInterval(() => model.pass(), options.intervalMs / 4);
  }
}

function liveTable(
  options: TopOptions,
  model: TopModel,
  agent: Agent,
  isOver: () => boolean,
  onQuit: () => void,
): LiveTable {
  const { kind, tier, lost } = agent.source;
  return new LiveTable({
    model,
    input: process.stdin,
    output: process.stdout,
    first: initialState(options.view, options.order),
    title: `${inert(options.name)} ${kind}${tier === '' ? '' : ` ${tier}`}`,
    warning: () => warning(agent, isOver(), model.sink.conversations.crowdedOut),
    missing: lost.map(({ what, why }) => `${inert(what)}: ${inert(why)}`),
    paint: painter(wantsColour(process.stdout, process.env)),
    onQuit,
  });
}

/** The most important of what the user should know. */
function warning(agent: Agent, over: boolean, crowdedOut: number): string | null {
  if (over) return 'The recording is over; q quits.';
  const lost = losses(agent.ledgers());
  if (lost.length > 0) return `lost: ${lost.join(', ')}`;
  return crowdedOut > 0 ? `too many conversations: ${crowdedOut} are left out` : null;
}

function printer(options: TopOptions, count: number, model: TopModel, onDone: () => void): () => void {
  let printed = 0;
  return () => {
    if (printed === count) return;
    const columns = process.stdout.isTTY ? process.stdout.columns : Number(process.env.COLUMNS) || null;
    process.stdout.write(tableText(model.table(options.view, null), options.view, options.order, columns));
    printed += 1;
    if (printed === count) onDone();
  };
}
