/** Bytes that come in pieces, as lines. */

const NEWLINE = 0x0a;

/**
 * Lines without their ends, those of one piece together; null stands for a line of more than `maxBytes`, which is not
 * kept. A last line needs no end. Bytes that are no UTF-8 become U+FFFD.
 */
export async function* readLines(
  pieces: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<readonly (string | null)[]> {
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let tooLong = false;

  const take = (part: Buffer) => {
    begunBytes += part.length;
    if (begunBytes > maxBytes) {
      tooLong = true;
      begun = [];
    } else begun.push(part);
  };
  const finish = () => {
    const line = tooLong ? null : Buffer.concat(begun).toString('utf8');
    begun = [];
    begunBytes = 0;
    tooLong = false;
    return line;
  };

  for await (const piece of pieces) {
    const lines: (string | null)[] = [];
    let at = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, at)) {
      take(piece.subarray(at, end));
      lines.push(finish());
      at = end + 1;
    }
    if (at < piece.length) take(piece.subarray(at));
    yield lines;
  }
  if (begunBytes > 0) yield [finish()];
}
