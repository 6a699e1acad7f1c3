/** The lines of a file that grows: read while another process writes it. */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 25;

export class LineFile {
  readonly #file: number;
  readonly #timer: NodeJS.Timeout;
  readonly #chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  /** What has no end yet. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(
    path: string,
    private readonly onLine: (line: string) => void,
  ) {
    this.#file = openSync(path, 'r');
    this.#timer = setInterval(() => this.#read(), LOOK_EVERY_MS);
  }

  /** Reads what is there and looks no more. */
  close(): void {
    clearInterval(this.#timer);
    this.#read();
    closeSync(this.#file);
  }

  #read(): void {
    for (;;) {
      const length = readSync(this.#file, this.#chunk, 0, CHUNK_BYTES, null);
      if (length === 0) return;
      const bytes = Buffer.concat([this.#rest, this.#chunk.subarray(0, length)]);
      const end = bytes.lastIndexOf('\n');
      this.#rest = bytes.subarray(end + 1);
      if (end > 0) for (const line of bytes.toString('utf8', 0, end).split('\n')) this.onLine(line);
    }
  }
}
