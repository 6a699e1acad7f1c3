/** The agent itself: watches until it is stopped, prints, sends. */
import { type Agent, createAgent } from './agent.js';
import { type AgentOptions, parseOptions } from './options.js';
import { keepOnly } from './privileges.js';
import { EXIT, explain, say } from './program.js';
import { losses, summaryLine } from './summary.js';
import { inert } from './text/inert.js';
import { VERSION } from './version.js';

/** Throws `OptionsError`. */
export async function main(args: readonly string[]): Promise<void> {
  const command = parseOptions(args);
  switch (command.kind) {
    case 'help':
      process.stdout.write((await import('./manual.js')).MANUAL);
      return;
    case 'version':
      process.stdout.write(`packetless-agent ${VERSION}\n`);
      return;
    case 'run':
      await run(command.options);
  }
}

async function run(options: AgentOptions): Promise<void> {
  const begun = Date.now();
  let stopping = false;

  const stop = async (): Promise<void> => {
    if (stopping) process.exit(EXIT.ok);
    stopping = true;
    await agent.stop();
    sayFarewell(agent, options, Date.now() - begun);
    process.exit(EXIT.ok);
  };
  const agent = createAgent(options, {
    notice: say,
    onOutputClosed: () => {
      if (options.endpoints.length === 0) void stop();
      else say('nobody reads the printed events any more; sending goes on');
    },
    onSourceEnded: () => void stop(),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  try {
    await agent.start();
  } catch (error) {
    process.exit(explain(error));
  }
  keepOnly(agent.source.capabilities, say);
  sayWelcome(agent, options);
  if (options.durationMs !== null) setTimeout(() => void stop(), options.durationMs);
}

function sayWelcome(agent: Agent, options: AgentOptions): void {
  const { kind, tier } = agent.source;
  const version = `version ${VERSION}, ${kind}${tier === '' ? '' : `, tier ${tier}`}`;
  const whose = options.source.kind === 'replay' ? options.source.file : options.name;
  if (options.endpoints.length > 0) {
    const where = options.endpoints.map(({ text }) => text).join(', ');
    say(`sending the events of ${inert(whose)} to ${inert(where)} (${version})`);
  } else {
    say(`watching ${inert(whose)}; Ctrl-C ends (${version})`);
  }
}

function sayFarewell(agent: Agent, options: AgentOptions, elapsedMs: number): void {
  const ledgers = agent.ledgers();
  if (options.print === 'text') say(summaryLine(ledgers, elapsedMs));
  else if (losses(ledgers).length > 0) say(`lost: ${losses(ledgers).join(', ')}`);
}
