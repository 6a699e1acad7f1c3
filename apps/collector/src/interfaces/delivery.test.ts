import { describe, expect, test } from '@jest/globals';
import { isDeliveredTo, type Target } from './delivery.js';

const HERE = 'aaaaaaaa/1';
/** Another network namespace of the same host. */
const INSIDE = 'aaaaaaaa/2';
const ELSEWHERE = 'bbbbbbbb/1';

/** How people set up the two documents' examples, and what else can be set. */
const lo = (companion: boolean, mirrored = false): Target => ({
  name: 'lo',
  mirrored,
  companion,
  location: HERE,
});
const ens3 = (companion: boolean, mirrored: boolean): Target => ({
  name: 'ens3',
  mirrored,
  companion,
  location: HERE,
});
const cbr0: Target = { name: 'cbr0', mirrored: false, companion: false, location: HERE };

type Case = readonly [
  set: string,
  target: Target,
  event: string,
  name: string | null,
  loopback: boolean,
  delivered: boolean,
];

const CASES: readonly Case[] = [
  // eBPF document, "Execution": -i tcp://*:1234c -i lo -i ens3 -i cbr0
  ['cbr0 by name', cbr0, 'the sample event', 'cbr0', false, true],
  ['cbr0 by name', cbr0, 'of another interface', 'ens3', false, false],
  ['cbr0 by name', cbr0, 'of an interface whose name begins so', 'cbr01', false, false],
  ['cbr0 by name', cbr0, 'of an interface whose name is shorter', 'cbr', false, false],
  ['cbr0 by name', cbr0, 'without a name', null, false, false],
  ['lo by name', lo(false), 'of loopback', 'lo', true, true],
  ['lo by name', lo(false), 'of a host with itself by another address', 'lo', false, true],
  ['lo by name', lo(false), 'of loopback in other words', 'Lo', true, false],
  ['ens3 by name', ens3(false, false), 'of loopback that bears its name', 'ens3', true, true],

  // eBPF document, "Companion Interface": -i tcp://*:1234c -i lo -i ens3, ens3 mirrored
  ['ens3 mirrored companion', ens3(true, true), 'of its name', 'ens3', false, true],
  ['ens3 mirrored companion', ens3(true, true), 'of a remote host’s interface', 'eth7', false, true],
  ['ens3 mirrored companion', ens3(true, true), 'without a name', null, false, true],
  ['ens3 mirrored companion', ens3(true, true), 'of loopback', 'lo', true, false],
  ['ens3 mirrored companion', ens3(true, true), 'of loopback that bears its name', 'ens3', true, false],
  [
    'ens3 mirrored companion',
    ens3(true, true),
    'of a host with itself by another address',
    'lo',
    false,
    true,
  ],

  // Mirrored traffic alone makes nobody a companion.
  ['ens3 mirrored', ens3(false, true), 'of a remote host’s interface', 'eth7', false, false],
  ['ens3 mirrored', ens3(false, true), 'of its name', 'ens3', false, true],

  // Quick Start: -i tcp://*:1234c -i lo, lo companion
  ['lo companion', lo(true), 'of loopback', 'lo', true, true],
  ['lo companion', lo(true), 'of a host with itself by another address', 'lo', false, true],
  ['lo companion', lo(true), 'of another interface', 'eth0', false, false],
  ['lo companion', lo(true), 'of loopback without a name', null, true, false],
  ['lo mirrored companion', lo(true, true), 'of loopback', 'lo', true, false],
  ['lo mirrored companion', lo(true, true), 'of another interface', 'eth0', false, true],
];

describe('delivery to packet interfaces', () => {
  test.each(CASES)(
    '%s %o: an event %s (%o, loopback %o) is delivered: %o',
    (_set, target, _event, interfaceName, loopback, delivered) => {
      expect(isDeliveredTo({ interfaceName, loopback, location: ELSEWHERE }, target)).toBe(delivered);
    },
  );

  const any: Target = { name: 'any', mirrored: false, companion: false, location: HERE };
  const toAny = (interfaceName: string | null, location: string | null, loopback = false) =>
    isDeliveredTo({ interfaceName, location, loopback }, any);

  test('any gets what its host tells, whichever interface it names, and loopback of its own namespace only', () => {
    expect([toAny('eth0', HERE), toAny(null, HERE), toAny('eth0', INSIDE)]).toEqual([true, true, true]);
    expect([toAny('lo', HERE, true), toAny('lo', INSIDE, true)]).toEqual([true, false]);
    expect([toAny('eth0', ELSEWHERE), toAny('any', ELSEWHERE), toAny('eth0', null)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('any that does not know where it is gets nothing; as a mirrored companion it gets all but loopback', () => {
    const lost = { ...any, location: null };
    expect(isDeliveredTo({ interfaceName: 'eth0', location: HERE, loopback: false }, lost)).toBe(false);
    const companion = { ...any, companion: true, mirrored: true };
    for (const loopback of [false, true]) {
      expect(isDeliveredTo({ interfaceName: 'eth0', location: ELSEWHERE, loopback }, companion)).toBe(
        !loopback,
      );
    }
  });
});
