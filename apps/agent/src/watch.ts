/** The agent at work, until it is stopped. */
import { inert } from '@packetless/terminal';
import { type Agent, createAgent } from './agent.js';
import { explain } from './explain.js';
import type { AgentOptions } from './options.js';
import { keepOnly } from './privileges.js';
import { EXIT, end, say } from './program.js';
import { losses, RunSummary } from './summary.js';
import { VERSION } from './version.js';

export async function watch(options: AgentOptions): Promise<void> {
  const begun = Date.now();
  const summary = options.print === 'text' ? new RunSummary(options.selection.openings) : null;
  let stopping = false;
  let duration: NodeJS.Timeout | null = null;

  const stop = async (): Promise<void> => {
    if (stopping) process.exit(EXIT.ok);
    stopping = true;
    await agent.stop();
    sayFarewell(agent, summary, Date.now() - begun);
    if (duration !== null) clearTimeout(duration);
    end(EXIT.ok);
  };
  const agent = createAgent(options, {
    notice: say,
    onOutputClosed: () => {
      if (options.endpoints.length === 0) void stop();
      else say('nobody reads the printed events any more; sending goes on');
    },
    onSourceEnded: () => void stop(),
    ...(summary === null ? {} : { sink: summary.sink }),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  try {
    await agent.start();
  } catch (error) {
    process.exit(explain(error));
  }
  keepOnly(agent.source.capabilities, say);
  sayWelcome(agent, options);
  if (options.durationMs !== null) duration = setTimeout(() => void stop(), options.durationMs);
}

function sayWelcome(agent: Agent, options: AgentOptions): void {
  const { kind, tier } = agent.source;
  const version = `version ${VERSION}, ${kind}${tier === '' ? '' : `, tier ${tier}`}`;
  const replayed = options.source.kind === 'replay' ? options.source.file : null;
  if (options.endpoints.length > 0) {
    const where = options.endpoints.map(({ text }) => text).join(', ');
    say(`sending the events of ${inert(replayed ?? options.name)} to ${inert(where)} (${version})`);
  } else if (replayed !== null) {
    say(`replaying ${inert(replayed)}; Ctrl-C ends (${version})`);
  } else {
    say(`watching ${inert(options.name)}; Ctrl-C ends (${version})`);
  }
}

function sayFarewell(agent: Agent, summary: RunSummary | null, elapsedMs: number): void {
  const ledgers = agent.ledgers();
  if (summary !== null) process.stderr.write(`\n${summary.text(ledgers, elapsedMs)}\n`);
  else if (losses(ledgers).length > 0) say(`lost: ${losses(ledgers).join(', ')}`);
}
