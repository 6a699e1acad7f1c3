/** The program: command line, signals, exit status. */
import { IntrospectionError } from '@packetless/introspection';
import { type Agent, createAgent } from './agent.js';
import { MANUAL } from './manual.js';
import { type AgentOptions, OptionsError, parseOptions } from './options.js';
import { inert } from './sinks/inert.js';
import { SinkError } from './sinks/sink.js';
import { losses, summaryLine } from './summary.js';
import { VERSION } from './version.js';

const EXIT = { ok: 0, cannotSend: 1, wrongOptions: 2, noKernelEvents: 3 } as const;

function say(message: string): void {
  process.stderr.write(`packetless-agent: ${message}\n`);
}

async function run(options: AgentOptions): Promise<never> {
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
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  try {
    await agent.start();
  } catch (error) {
    process.exit(explain(error));
  }
  sayWelcome(agent, options);
  return new Promise(() => {});
}

function sayWelcome(agent: Agent, options: AgentOptions): void {
  const version = agent.tier === '' ? `version ${VERSION}` : `version ${VERSION}, tier ${agent.tier}`;
  if (options.endpoints.length > 0) {
    const where = options.endpoints.map(({ text }) => text).join(', ');
    say(`sending the events of ${inert(options.name)} to ${inert(where)} (${version})`);
  } else {
    say(`watching ${inert(options.name)}; Ctrl-C ends (${version})`);
  }
}

function sayFarewell(agent: Agent, options: AgentOptions, elapsedMs: number): void {
  const ledgers = agent.ledgers();
  if (options.print === 'text') say(summaryLine(ledgers, elapsedMs));
  else if (losses(ledgers).length > 0) say(`lost: ${losses(ledgers).join(', ')}`);
}

/** Says what went wrong; the exit status tells which kind it was. Anything else is a fault of the program. */
function explain(error: unknown): number {
  if (error instanceof IntrospectionError) {
    say(error.message);
    return EXIT.noKernelEvents;
  }
  if (error instanceof SinkError) {
    say(error.message);
    return EXIT.cannotSend;
  }
  throw error;
}

function main(): void {
  // Nobody may be left to read what is said, as in `packetless-agent 2>&1 | head`.
  process.stderr.on('error', () => {});
  try {
    const command = parseOptions(process.argv.slice(2));
    switch (command.kind) {
      case 'help':
        process.stdout.write(MANUAL);
        return;
      case 'version':
        process.stdout.write(`packetless-agent ${VERSION}\n`);
        return;
      case 'run':
        void run(command.options);
    }
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    say(`${inert(error.message)}\nTry packetless-agent --help`);
    process.exitCode = EXIT.wrongOptions;
  }
}

main();
