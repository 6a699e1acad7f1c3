/** The program: commands, each loaded when it is asked for. */
import { inert } from '@packetless/terminal';
import { OptionsError } from './options/arguments.js';
import { EXIT, say } from './program.js';

/** By the first argument; without one of these the agent itself runs. */
const COMMANDS: { readonly [name: string]: () => Promise<{ main(args: readonly string[]): Promise<void> }> } =
  {
    doctor: () => import('./doctor/command.js'),
    top: () => import('./top/command.js'),
    selftest: () => import('./selftest/command.js'),
  };

async function main(): Promise<void> {
  // Nobody may be left to read what is said, as in `packetless-agent 2>&1 | head`.
  process.stderr.on('error', () => {});
  const [name = '', ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  try {
    if (command === undefined) await (await import('./run.js')).main(process.argv.slice(2));
    else await (await command()).main(rest);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    const help = command === undefined ? '--help' : `${name} --help`;
    say(`${inert(error.message)}\nTry packetless-agent ${help}`);
    process.exitCode = EXIT.wrongOptions;
  }
}

await main();
