/** The sinks that the options ask for. What one needs is only loaded when it is there. */

import type { Writable } from 'node:stream';
import { inertJson } from '@packetless/terminal';
import type { Host } from '../identity/host.js';
import { Places } from '../identity/places.js';
import type { AgentOptions, Format } from '../options.js';
import { jsonLine } from './json.js';
import { type LineFormat, LineSink } from './line-sink.js';
import { LineWriter } from './line-writer.js';
import type { Sink } from './sink.js';

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface Sinks {
  /** To standard output. */
  readonly printing: Sink | null;
  /** To collectors. */
  readonly sending: Sink | null;
}

export async function createSinks(
  options: Pick<AgentOptions, 'print' | 'endpoints'>,
  surroundings: {
    readonly output: Output;
    readonly host: Host;
    readonly sourceId: number;
    readonly notice: (message: string) => void;
    readonly onOutputClosed: () => void;
    readonly onSubscribed: () => void;
  },
): Promise<Sinks> {
  const { output, host, onOutputClosed } = surroundings;
  const writer = { onClosed: onOutputClosed };
  const printing =
    options.print === null
      ? null
      : new LineSink(await lineFormat(options.print, output, host), new LineWriter(output, writer));
  if (options.endpoints.length === 0) return { printing, sending: null };
  const { ZmqSink } = await import('./zmq.js');
  return { printing, sending: new ZmqSink({ ...surroundings, endpoints: options.endpoints }) };
}

async function lineFormat(format: Format, output: Output, host: Host): Promise<LineFormat> {
  switch (format) {
    case 'json':
      return jsonLine;
    case 'ntop': {
      const { encodeConversation } = await import('@packetless/wire/encode');
      return (event) =>
        event.type === 'flow' || event.type === 'netstat' ? inertJson(encodeConversation(event)) : null;
    }
    case 'text': {
      const { textFormat } = await import('../text/format.js');
      const { wantsColour } = await import('@packetless/terminal');
      const places = new Places(host);
      return textFormat({
        colour: wantsColour(output, process.env),
        columns: () => (output.isTTY === true ? (output.columns ?? null) : null),
        placeOf: (location) => places.of(location),
      });
    }
  }
}
