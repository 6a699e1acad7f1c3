import { describe, expect, test } from '@jest/globals';
import { Batches } from './batches.js';

/** Batches as the addon holds them. */
class Session {
  readonly waiting: Uint8Array[] = [];

  take(memory: Uint8Array): number {
    const [first] = this.waiting;
    if (first === undefined) return 0;
    if (first.length > memory.length) return -first.length;
    memory.set(first);
    this.waiting.shift();
    return first.length;
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns === 1000) throw new Error(`not within 1000 turns: ${condition}`);
    await turn();
  }
}

describe('batches', () => {
  test('are used in order, also what waited before the session was known', async () => {
    const used: number[] = [];
    const session = new Session();
    const batches = new Batches((batch) => used.push(...batch));
    session.waiting.push(Uint8Array.of(1), Uint8Array.of(2, 3));
    batches.waiting();
    expect(used).toEqual([]);
    batches.open(session);
    await until(() => used.length === 3);
    session.waiting.push(Uint8Array.of(4));
    batches.waiting();
    await until(() => used.length === 4);
    expect(used).toEqual([1, 2, 3, 4]);
  });

  test('that never end leave turns to others', async () => {
    const session = new Session();
    let used = 0;
    const batches = new Batches(() => {
      used++;
      session.waiting.push(Uint8Array.of(1));
      batches.waiting();
    });
    session.waiting.push(Uint8Array.of(1));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    batches.open(session);
    await until(() => ticks >= 3);
    clearInterval(timer);
    expect(used).toBeGreaterThan(3);
    session.take = () => 0;
  });

  test('of any size are whole', async () => {
    const sizes: number[] = [];
    const session = new Session();
    const batches = new Batches((batch) => {
      expect(batch.every((byte) => byte === 7)).toBe(true);
      sizes.push(batch.length);
    });
    const lengths = [10, 2_000_000, 20, 3_000_000];
    session.waiting.push(...lengths.map((length) => new Uint8Array(length).fill(7)));
    batches.open(session);
    await until(() => sizes.length === lengths.length);
    expect(sizes).toEqual(lengths);
  });

  test('that cannot be used do not keep the next ones', async () => {
    const used: number[] = [];
    const session = new Session();
    const batches = new Batches(([first]) => {
      if (first === 1) throw new Error('unusable');
      used.push(first!);
    });
    batches.open(session);
    await turn();
    session.waiting.push(Uint8Array.of(1), Uint8Array.of(2));
    expect(() => batches.waiting()).toThrow('unusable');
    await until(() => used.length === 1);
  });

  test('of which there are no more are said to be none, and a closed one takes nothing', async () => {
    const told: string[] = [];
    const session = new Session();
    const batches = new Batches(
      ([first]) => told.push(`${first}`),
      () => told.push('none'),
    );
    session.waiting.push(Uint8Array.of(1), Uint8Array.of(2));
    batches.open(session);
    await until(() => told.includes('none'));
    expect(told).toEqual(['1', '2', 'none']);
    batches.close();
    session.waiting.push(Uint8Array.of(3));
    batches.waiting();
    await turn();
    expect(told).toEqual(['1', '2', 'none']);
  });
});
