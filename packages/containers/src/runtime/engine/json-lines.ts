/** A stream of JSON values, one a line, that may never end and may be anything. */
import { MAX_ANSWER_BYTES } from '../../limits.js';

const NEWLINE = 0x0a;

/** The values as they come. Lines that are too long, or no JSON, are left out. */
export async function* readJsonLines(stream: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      length += end - start;
      if (length <= MAX_ANSWER_BYTES) {
        parts.push(chunk.subarray(start, end));
        const value = parse(Buffer.concat(parts).toString('utf8'));
        if (value !== undefined) yield value;
      }
      parts = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    if (length <= MAX_ANSWER_BYTES) parts.push(chunk.subarray(start));
    // The rest of that line is only counted.
    else parts = [];
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
