import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  changeSettings,
  companionsOf,
  type NamedInterface,
  NOTHING_SET,
  type Settings,
  type SettingsChange,
} from './settings.js';

const ZMQ: NamedInterface = { name: 'tcp://*:1234c', kind: 'zmq' };
const OTHER_ZMQ: NamedInterface = { name: 'tcp://*:1235c', kind: 'zmq' };
const LO: NamedInterface = { name: 'lo', kind: 'packets' };
const ENS3: NamedInterface = { name: 'ens3', kind: 'packets' };
const ALL = [ZMQ, OTHER_ZMQ, LO, ENS3];

function after(...changes: readonly (readonly [NamedInterface, SettingsChange])[]): Settings {
  return changes.reduce(
    (settings, [changed, change]) => changeSettings(settings, ALL, changed, change),
    NOTHING_SET,
  );
}

describe('settings of interfaces', () => {
  test('a companion is the same chosen from either side', () => {
    const pair = [{ zmq: ZMQ.name, packets: 'lo' }];
    expect(after([ZMQ, { companion: 'lo' }]).companions).toEqual(pair);
    expect(after([LO, { companion: ZMQ.name }]).companions).toEqual(pair);
    for (const side of [ZMQ, LO]) {
      expect(after([ZMQ, { companion: 'lo' }], [side, { companion: null }]).companions).toEqual([]);
    }
  });

  test('a choice replaces those of the interface that it is made for, and no other', () => {
    const both = after([LO, { companion: ZMQ.name }], [ENS3, { companion: ZMQ.name }]);
    expect(companionsOf(both, ALL, ZMQ)).toEqual(['lo', 'ens3']);
    expect(companionsOf(both, ALL, ENS3)).toEqual([ZMQ.name]);
    const one = changeSettings(both, ALL, ZMQ, { companion: 'ens3' });
    expect(companionsOf(one, ALL, ZMQ)).toEqual(['ens3']);
    const shared = changeSettings(one, ALL, OTHER_ZMQ, { companion: 'ens3' });
    expect(companionsOf(shared, ALL, ENS3)).toEqual([ZMQ.name, OTHER_ZMQ.name]);
  });

  test('choosing twice is choosing once', () => {
    expect(after([LO, { companion: ZMQ.name }], [LO, { companion: ZMQ.name }]).companions).toHaveLength(1);
    expect(after([LO, { mirrored: true }], [LO, { mirrored: true }]).mirrored).toEqual(['lo']);
    expect(after([LO, { mirrored: true }], [LO, { mirrored: false }]).mirrored).toEqual([]);
  });

  test.each<[string, NamedInterface, SettingsChange, string, string]>([
    ['of itself', ZMQ, { companion: ZMQ.name }, 'companion', 'cannot be a companion of itself'],
    ['of itself', LO, { companion: 'lo' }, 'companion', 'cannot be a companion of itself'],
    [
      'unknown',
      ZMQ,
      { companion: 'ens4' },
      'companion',
      'There is no interface "ens4"; these fit: "lo", "ens3".',
    ],
    [
      'of one that takes events',
      ZMQ,
      { companion: OTHER_ZMQ.name },
      'companion',
      'must be a packet interface',
    ],
    ['of a packet interface', LO, { companion: 'ens3' }, 'companion', 'must be one that takes events'],
    ['mirrored events', ZMQ, { mirrored: true }, 'mirrored', 'only a packet interface'],
  ])('%s: refused with a reason', (_what, changed, change, path, reason) => {
    expect(() => changeSettings(NOTHING_SET, ALL, changed, change)).toThrow(
      expect.objectContaining({ name: 'SettingsError', path, message: expect.stringContaining(reason) }),
    );
  });

  test('a change of which a part is refused changes nothing', () => {
    const before = after([LO, { mirrored: true }]);
    expect(() => changeSettings(before, ALL, LO, { mirrored: false, companion: 'lo' })).toThrow();
    expect(before.mirrored).toEqual(['lo']);
  });

  test('what is set for interfaces that are not there this time stays', () => {
    const before = after([ENS3, { mirrored: true, companion: ZMQ.name }]);
    const now = [ZMQ, LO];
    expect(companionsOf(before, now, ZMQ)).toEqual([]);
    const next = changeSettings(before, now, LO, { companion: ZMQ.name, mirrored: true });
    expect(companionsOf(next, ALL, ZMQ)).toEqual(['lo', 'ens3']);
    expect(next.mirrored).toEqual(['ens3', 'lo']);
  });

  test('both sides always tell of the same companions', () => {
    const change = fc.record({
      changed: fc.constantFrom(...ALL),
      companion: fc.constantFrom(null, ...ALL.map(({ name }) => name)),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        let settings = NOTHING_SET;
        for (const { changed, companion } of changes) {
          try {
            settings = changeSettings(settings, ALL, changed, { companion });
          } catch {
            continue;
          }
          expect(companionsOf(settings, ALL, changed)).toEqual(companion === null ? [] : [companion]);
        }
        const pairs = ALL.flatMap((one) =>
          companionsOf(settings, ALL, one).map((other) => [one.name, other]),
        );
        for (const [one, other] of pairs) expect(pairs).toContainEqual([other, one]);
        for (const [one, other] of pairs) {
          expect(ALL.find(({ name }) => name === one)!.kind).not.toBe(
            ALL.find(({ name }) => name === other)!.kind,
          );
        }
      }),
    );
  });
});
