import { describe, expect, test } from '@jest/globals';
import type { HostInterfaceInfo } from '@packetless/live';
import { groupByHost, isNotable, linkState, typeText, usedShare } from './host-interfaces.js';

function row(agent: string, name: string): HostInterfaceInfo {
  return { agent: { id: agent, name: `host\u202e${agent}` }, name } as HostInterfaceInfo;
}

describe('network interfaces of hosts', () => {
  test('stand together by host', () => {
    const groups = groupByHost([row('a', 'lo'), row('a', 'eth0'), row('b', 'lo'), row('a', 'eth1')]);
    expect(groups.map(({ name, devices }) => [name, devices.map((device) => device.name)])).toEqual([
      ['host⟨U+202E⟩a', ['lo', 'eth0', 'eth1']],
      ['host⟨U+202E⟩b', ['lo']],
    ]);
  });

  test.each([
    [true, true, 'Up'],
    [true, false, 'Down'],
    [false, false, 'Off'],
    [false, true, 'Off'],
  ])('switched on %s, link %s: %s', (adminUp, operUp, label) => {
    expect(linkState({ adminUp, operUp }).label).toBe(label);
  });

  test('are used by a part of their speed', () => {
    expect(usedShare(12.5e6, 1e9)).toBeCloseTo(0.1);
    expect(usedShare(12.5e6, 1e6)).toBe(1);
    expect(usedShare(12.5e6, null)).toBe(null);
    expect(usedShare(null, 1e9)).toBe(null);
  });

  test('have a kind in plain words', () => {
    expect([6, 24, 131, 7].map(typeText)).toEqual(['Ethernet', 'loopback', 'tunnel', 'other']);
  });

  test('may drop a packet now and then', () => {
    expect(isNotable(1, 10_000)).toBe(false);
    expect(isNotable(20, 10_000)).toBe(true);
    expect(isNotable(1, 0)).toBe(true);
    expect(isNotable(0, 0)).toBe(false);
    expect(isNotable(null, 5)).toBe(false);
  });
});
