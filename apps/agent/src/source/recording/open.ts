import { createReadStream, openSync } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SourceError } from '../source.js';

/** RFC 1952 section 2.3.1. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;

export interface RecordingBytes {
  /** Unpacked. Fails when the file cannot be read on, or its compression is damaged. */
  readonly bytes: AsyncIterable<Buffer>;
  close(): void;
}

/** A file, or standard input for `-`; compressed by gzip or not, which its first bytes tell. Throws `SourceError`. */
export function openRecording(file: string): RecordingBytes {
  const stream: Readable = file === '-' ? process.stdin : createReadStream('', { fd: open(file) });
  return { bytes: unpacked(stream), close: () => void stream.destroy() };
}

function open(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be opened (${code})`;
    throw new SourceError(
      `--source replay:${file}: ${why}. Record with packetless-agent --format json > FILE`,
    );
  }
}

async function* unpacked(stream: Readable): AsyncGenerator<Buffer> {
  const pieces = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let begin = Buffer.alloc(0);
  while (begin.length < GZIP_MAGIC.length) {
    const next = await pieces.next();
    if (next.done === true) break;
    begin = Buffer.concat([begin, next.value]);
  }
  const all = after(begin, pieces);
  if (begin[0] !== GZIP_MAGIC[0] || begin[1] !== GZIP_MAGIC[1]) {
    yield* all;
    return;
  }
  const gunzip = createGunzip();
  // What goes wrong ends the iteration below.
  pipeline(Readable.from(all), gunzip, () => {});
  yield* gunzip;
}

async function* after(begin: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (begin.length > 0) yield begin;
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
}
