/** A stream is read no faster than this, whatever is in it; who writes it has to wait. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Milliseconds } from '@packetless/model';

const PER_INTERVAL = 100;
const INTERVAL: Milliseconds = 100;

export class Pace {
  #count = 0;
  #since = Date.now();

  /** To be awaited before each. */
  async next(): Promise<void> {
    const now = Date.now();
    if (now - this.#since >= INTERVAL) {
      this.#since = now;
      this.#count = 0;
    }
    if (++this.#count <= PER_INTERVAL) return;
    await delay(INTERVAL);
  }
}
