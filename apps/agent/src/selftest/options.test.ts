import { expect, test } from '@jest/globals';
import { OptionsError } from '../options/arguments.js';
import { parseSelftestOptions } from './options.js';
import type { Row } from './row.js';

const ROWS = ['udp/ipv4', 'udp/ipv6', 'udp-tiny/ipv4', 'dual-stack'].map(
  (name): Row => ({ name, title: name, play: async () => ({ ends: [] }) }),
);

const names = (...args: string[]) => parseSelftestOptions(args, ROWS).rows.map(({ name }) => name);

test.each([
  [[], ['udp/ipv4', 'udp/ipv6', 'udp-tiny/ipv4', 'dual-stack']],
  [
    ['--only', 'udp'],
    ['udp/ipv4', 'udp/ipv6'],
  ],
  [['--only', 'udp/ipv6'], ['udp/ipv6']],
  [
    ['--only', 'udp*'],
    ['udp/ipv4', 'udp/ipv6', 'udp-tiny/ipv4'],
  ],
  [
    ['--only', 'dual-stack,udp/ipv4', '--only', 'udp'],
    ['udp/ipv4', 'udp/ipv6', 'dual-stack'],
  ],
])('%j chooses %j', (args, chosen) => {
  expect(names(...args)).toEqual(chosen);
});

test('what follows -- is for the agent', () => {
  const { agent, json } = parseSelftestOptions(['--json', '--', '--source', 'netlink', '--json'], ROWS);
  expect({ agent, json }).toEqual({ agent: ['--source', 'netlink', '--json'], json: true });
});

test.each([[['--only', 'tcp']], [['--only']], [['--what']], [['extra']]])('%j is refused', (args) => {
  expect(() => parseSelftestOptions(args, ROWS)).toThrow(OptionsError);
});
