import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const here = dirname(fileURLToPath(import.meta.url));
const addon = join(here, '..', 'addon');
const READERS = ['netlink_socket', 'link_message', 'socket_diag', 'connection_facts', 'conntrack_message'];

describe('netlink answers from a hostile sender', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hostile-netlink-'));
  const program = join(directory, 'hostile_netlink');

  beforeAll(() => {
    const compiled = spawnSync(
      process.env.CXX ?? 'g++',
      [
        '-std=c++17',
        '-g',
        '-fsanitize=address,undefined',
        '-fno-sanitize-recover=all',
        `-I${addon}`,
        `-I${join(here, '..', 'layout')}`,
        '-o',
        program,
        join(here, 'hostile_netlink.cc'),
        ...READERS.map((name) => join(addon, `${name}.cc`)),
      ],
      { encoding: 'utf8' },
    );
    if (compiled.status !== 0) throw new Error(`hostile_netlink.cc cannot be compiled: ${compiled.stderr}`);
  }, 120_000);
  afterAll(() => rmSync(directory, { recursive: true }));

  test('what is broken is never read past its end', () => {
    const seed = String(Math.floor(Math.random() * 2 ** 31));
    const result = spawnSync(program, ['broken', '2', seed], { encoding: 'utf8' });
    expect([seed, result.stderr, result.status]).toEqual([seed, '', 0]);
    expect(Number(result.stdout)).toBeGreaterThan(1000);
  });

  // Only root may send to another's socket of this kind.
  (process.getuid?.() === 0 ? test : test.skip)(
    'what another process sends is not taken for the kernel’s word',
    () => {
      const result = spawnSync(program, ['forged'], { encoding: 'utf8' });
      expect([result.stderr, result.status]).toEqual(['', 0]);
    },
  );
});
