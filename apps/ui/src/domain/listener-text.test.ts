import { describe, expect, test } from '@jest/globals';
import type { ListenerInfo } from '@packetless/live';
import { isFull, placeText, programPath, reachText } from './listener-text.js';

describe('a listening socket in words', () => {
  test.each([
    ['0.0.0.0', null, 'all addresses'],
    ['::', null, 'all addresses'],
    ['127.0.0.53', null, 'this host only'],
    ['::1', null, 'this host only'],
    ['10.0.0.1', null, 'this address'],
    ['0.0.0.0', 'eth1', 'on eth1 only'],
  ])('%s is reached at %s: %s', (address, interfaceName, words) => {
    expect(reachText({ address, interfaceName })).toBe(words);
  });

  test('what runs is the script, else the executable, inert', () => {
    const process = { exe: '/usr/bin/python3', script: null } as NonNullable<ListenerInfo['process']>;
    expect(programPath(process)).toBe('/usr/bin/python3');
    expect(programPath({ ...process, script: 'a\u202eb.py' })).toBe('a⟨U+202E⟩b.py');
    expect(programPath({ ...process, exe: null })).toBe(null);
    expect(programPath(null)).toBe(null);
  });

  test('where it is: a container, else another namespace', () => {
    const container = { id: 'c'.repeat(64), name: 'web', pod: null } as NonNullable<
      ListenerInfo['container']
    >;
    expect(placeText({ container, hostNamespace: false })).toBe('web');
    expect(placeText({ container: { ...container, name: null }, hostNamespace: null })).toBe('c'.repeat(12));
    expect(placeText({ container: null, hostNamespace: false })).toBe('own network namespace');
    expect(placeText({ container: null, hostNamespace: true })).toBe(null);
    expect(placeText({ container: null, hostNamespace: null })).toBe(null);
  });

  test('is full when as many wait as may', () => {
    expect(isFull({ backlog: 128, backlogLimit: 128 })).toBe(true);
    expect(isFull({ backlog: 127, backlogLimit: 128 })).toBe(false);
    expect(isFull({ backlog: 0, backlogLimit: 0 })).toBe(false);
    expect(isFull({ backlog: null, backlogLimit: null })).toBe(false);
  });
});
