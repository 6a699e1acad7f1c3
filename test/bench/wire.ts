/** Encoding and decoding of the compatible form, one event a message, without sockets. */
import { decodeMessage, encodeConversation, encodeHeader } from '@packetless/wire';
import { interleaved } from './rounds.js';
import { sampleEvent } from './sample.js';
import { comparison, perSecond, type Row, type Table } from './table.js';

const COUNT = 100_000;
const ROUNDS = 5;

export async function wire(): Promise<Table> {
  const events = Array.from({ length: COUNT }, (_, index) => sampleEvent(index));
  const texts = events.map((event) => encodeConversation(event));
  const header = encodeHeader({
    layout: 'v1',
    topic: 'flow',
    version: 2,
    sourceId: 1,
    messageId: 1,
    size: 600,
  });
  const messages = texts.map((text) => [header, Buffer.from(text)]);
  const timed = (work: () => void) => async () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const [encode, stringify] = await interleaved(
    ROUNDS,
    timed(() => events.forEach((event) => void encodeConversation(event))),
    timed(() => events.forEach((event) => void JSON.stringify(event))),
  );
  const [decode, parse] = await interleaved(
    ROUNDS,
    timed(() => messages.forEach((message) => void decodeMessage(message, 0))),
    timed(() => messages.forEach((message) => void JSON.parse(String(message[1])))),
  );
  const row = (what: string, ours: number, peer: number, name: string): Row => ({
    what,
    ours: perSecond(COUNT, ours),
    peer: `${perSecond(COUNT, peer)} ${name}`,
    ratio: `×${(ours / peer).toFixed(2)} time`,
    goal: '',
  });
  return comparison('The compatible form, without sockets', [
    row(`encode (${texts[0]!.length} bytes)`, encode, stringify, 'JSON.stringify alone'),
    row('decode', decode, parse, 'JSON.parse alone'),
  ]);
}
