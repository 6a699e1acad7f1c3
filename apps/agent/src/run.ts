/** The agent itself: watches until it is stopped, prints, sends. */
import { parseOptions } from './options.js';
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
      // Loaded only now: whoever asks for help or mistypes an option need not wait for it.
      await (await import('./watch.js')).watch(command.options);
  }
}
