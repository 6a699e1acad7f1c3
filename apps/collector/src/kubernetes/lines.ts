/** The lines of a body, as they come. */
import type { Readable } from 'node:stream';

/** The greatest object that etcd keeps has 1.5 MiB. */
const MAX_LINE_BYTES = 4 << 20;
const NEW_LINE = 0x0a;

/** Throws when a line is too long, or when the body breaks off. A last line without its end is not one. */
export async function* linesOf(body: Readable, maxBytes = MAX_LINE_BYTES): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    let begin = 0;
    for (let end = chunk.indexOf(NEW_LINE); end >= 0; end = chunk.indexOf(NEW_LINE, begin)) {
      rest.push(chunk.subarray(begin, end));
      yield Buffer.concat(rest).toString('utf8');
      rest = [];
      size = 0;
      begin = end + 1;
    }
    rest.push(chunk.subarray(begin));
    size += chunk.length - begin;
    if (size > maxBytes) throw new Error(`it sent a line of more than ${maxBytes} bytes`);
  }
}

/** A whole body as text. Throws when it is longer. */
export async function textOf(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) throw new Error(`its answer has more than ${maxBytes} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
