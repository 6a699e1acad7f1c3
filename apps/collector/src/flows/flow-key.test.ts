import { describe, expect, test } from '@jest/globals';
import type { EventEndpoint, Observation } from '@packetless/model';
import { FlowKey } from './flow-key.js';

type End = Pick<EventEndpoint, 'address' | 'port'>;

function hashOf(client: End, server: End, seed = 1, protocol = 6): number {
  const key = new FlowKey(seed);
  expect(key.read({ client, server, protocol } as Observation)).toBe(true);
  return key.hash;
}

describe('the hash of a conversation', () => {
  const a = { address: '10.0.0.1', port: 40000 };
  const b = { address: '2001:db8::1', port: 443 };

  test('is the same in either direction', () => {
    expect(hashOf(a, b)).toBe(hashOf(b, a));
  });

  test('depends on every part and on the seed', () => {
    const hashes = [
      hashOf(a, b),
      hashOf(a, b, 2),
      hashOf(a, b, 1, 17),
      hashOf({ ...a, port: 443 }, { ...b, port: 40000 }),
      hashOf({ ...a, address: '10.0.0.2' }, b),
      hashOf(a, { ...b, address: '2001:db8:1::1' }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  test('spreads neighbouring addresses and ports over all its bits', () => {
    const count = 50_000;
    const hashes = new Set<number>();
    const lower = new Uint32Array(256);
    const upper = new Uint32Array(256);
    for (let index = 0; index < count; index++) {
      const client = { address: `10.0.${index >> 8}.${index & 255}`, port: 1024 + (index % 1000) };
      const hash = hashOf(client, { address: `10.1.0.${index % 7}`, port: 443 }, 12345);
      hashes.add(hash);
      lower[hash & 255]!++;
      upper[hash >>> 24]!++;
    }
    // Chance alone makes 0.3 pairs in 2^32 and ±42 (three deviations) around 195 in each of 256 parts.
    expect(hashes.size).toBeGreaterThan(count - 5);
    for (const parts of [lower, upper]) {
      expect(Math.max(...parts)).toBeLessThan(280);
      expect(Math.min(...parts)).toBeGreaterThan(120);
    }
  });
});
