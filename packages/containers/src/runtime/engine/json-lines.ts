/** A stream of JSON values, one a line, that may never end and may be anything. */
import { MAX_ANSWER_BYTES } from '../../limits.js';
import { Bytes } from './bytes.js';

const NEWLINE = 0x0a;

/** The values as they come. Lines that are too long, or no JSON, are left out. */
export async function* readJsonLines(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  const line = new Bytes();
  let isTooLong = false;
  const add = (piece: Buffer) => {
    isTooLong ||= line.length + piece.length > MAX_ANSWER_BYTES;
    if (isTooLong) line.clear();
    else line.append(piece);
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      const value = isTooLong ? undefined : parse(line.toString());
      if (value !== undefined) yield value;
      line.clear();
      isTooLong = false;
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
