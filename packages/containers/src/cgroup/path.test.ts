import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ID, PATH_CASES } from './cases.sample.js';
import { readCgroupPath } from './path.js';

const NOTHING_ELSE_KNOWN = {
  id: ID,
  runtime: null,
  podUid: null,
  containerdNamespace: null,
  user: null,
  outer: null as string | null,
  certain: true,
};

describe('a cgroup path tells the innermost container', () => {
  test.each(PATH_CASES)('$what', ({ path, is }) => {
    const reference = readCgroupPath(path);
    const expected = is === null ? null : { ...NOTHING_ELSE_KNOWN, ...is };
    expect(reference && { ...reference, outer: reference.outer?.id ?? null }).toEqual(expected);
  });

  test('whatever the path is', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(ID, 'docker', 'default', '..', 'conmon', `libpod-${ID}.scope`, 'kubepods', 'a.slice'),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const reference = readCgroupPath(parts.join('/'));
        expect(reference === null || (reference.id.length > 0 && reference.id.length <= 76)).toBe(true);
      }),
    );
  });

  test('a hostile path costs little', () => {
    const started = process.cpuUsage();
    for (const path of [
      '/a-'.repeat(100_000),
      `/${'0'.repeat(100_000)}`,
      '/'.repeat(100_000),
      `/${'pod-'.repeat(50_000)}`,
    ]) {
      expect(readCgroupPath(path)).toBeNull();
    }
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(500);
  });
});
