import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseNetworksOption } from './networks-option.js';
import { OptionsError } from './options-error.js';

const brief = (texts: readonly string[]) =>
  parseNetworksOption(texts).map(({ text, alias }) => [text, alias]);

describe('local networks', () => {
  let directory: string;
  const file = (content: string | Buffer, name = 'networks') => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'packetless-networks-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('are listed with aliases, repeatedly', () => {
    expect(brief(['192.168.2.0/24=office, 10.1.1.1', '2001:db8::/32=lab = 2'])).toEqual([
      ['192.168.2.0/24', 'office'],
      ['10.1.1.1', null],
      ['2001:db8::/32', 'lab = 2'],
    ]);
  });

  test('come from a file, with remarks, and beside others', () => {
    const path = file('# ours\r\n10.0.0.0/8=all # everything\n\n192.168.2.0/24=office,192.168.3.0/24\n');
    expect(brief([path, '127.0.0.0/8'])).toEqual([
      ['10.0.0.0/8', 'all'],
      ['192.168.2.0/24', 'office'],
      ['192.168.3.0/24', null],
      ['127.0.0.0/8', null],
    ]);
  });

  test.each<[string, () => string, RegExp]>([
    ['with a line that is none', () => file('10.0.0.0/8\n# x\nhome\n'), /line 3: "home" is not a network/],
    ['without any', () => file('# nothing\n\n'), /there is no network in this file/],
    ['that is binary', () => file(Buffer.from([0, 1, 0xff, 0xfe])), /line 1: .* is not a network/],
    ['without end', () => '/dev/zero', /neither a network nor a file/],
    ['that is a directory', () => directory, /neither a network nor a file/],
    ['that is too long', () => file(Buffer.alloc((1 << 20) + 1, 0x0a)), /longer than a list/],
    ['with too many', () => file('10.0.0.1\n'.repeat(10_001)), /10001 networks; at most 10000/],
    ['that is a pipe', () => pipe(join(directory, 'pipe')), /neither a network nor a file/],
    ['that is not there', () => join(directory, 'missing'), /Nor is there a file/],
  ])('a file %s is refused', (_what, make, reason) => {
    const path = make();
    expect(() => parseNetworksOption([path])).toThrow(OptionsError);
    expect(() => parseNetworksOption([path])).toThrow(reason);
  });
});

function pipe(path: string): string {
  execFileSync('mkfifo', [path]);
  return path;
}
