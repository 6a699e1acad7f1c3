import { IntrospectionError } from '@packetless/introspection';
import { inert } from '@packetless/terminal';
import { EXIT, say } from './program.js';
import { SinkError } from './sinks/sink.js';
import { SourceError } from './source/source.js';

/** Says what went wrong; the exit status tells which kind it was. Anything else is a fault of the program. */
export function explain(error: unknown): number {
  if (error instanceof IntrospectionError || error instanceof SourceError) {
    say(inert(error.message));
    return EXIT.noKernelEvents;
  }
  if (error instanceof SinkError) {
    say(inert(error.message));
    return EXIT.cannotSend;
  }
  throw error;
}
