/** What all commands share of being a program. */
import { IntrospectionError } from '@packetless/introspection';
import { SinkError } from './sinks/sink.js';
import { SourceError } from './source/source.js';

export const EXIT = { ok: 0, cannotSend: 1, wrongOptions: 2, noKernelEvents: 3 } as const;

/** To the user, on standard error. */
export function say(message: string): void {
  process.stderr.write(`packetless-agent: ${message}\n`);
}

/** Says what went wrong; the exit status tells which kind it was. Anything else is a fault of the program. */
export function explain(error: unknown): number {
  if (error instanceof IntrospectionError || error instanceof SourceError) {
    say(error.message);
    return EXIT.noKernelEvents;
  }
  if (error instanceof SinkError) {
    say(error.message);
    return EXIT.cannotSend;
  }
  throw error;
}
