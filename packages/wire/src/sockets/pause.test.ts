import { describe, expect, test } from '@jest/globals';
import { Pause } from './pause.js';

describe('a pause', () => {
  test('ends by itself, or when it is told to', async () => {
    const pause = new Pause();
    pause.end();
    const begun = performance.now();
    await pause.wait(20);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(18);
    const second = pause.wait(60_000);
    expect(pause.waiting).toBe(true);
    pause.end();
    await second;
    expect(pause.waiting).toBe(false);
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});
