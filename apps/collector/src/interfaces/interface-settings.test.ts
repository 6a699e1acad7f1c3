import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLog } from '../log.js';
import { StateDirectory } from '../state-directory.js';
import { InterfaceSettings } from './interface-settings.js';
import type { NamedInterface } from './settings.js';

const ALL: readonly NamedInterface[] = [
  { name: 'tcp://*:1234c', kind: 'zmq' },
  { name: 'lo', kind: 'packets' },
  { name: 'ens3', kind: 'packets' },
];
const [ZMQ, LO, ENS3] = ALL as [NamedInterface, NamedInterface, NamedInterface];

describe('settings kept in the state directory', () => {
  let path: string;
  let directory: StateDirectory;
  let log: string[];
  const file = () => join(path, 'interfaces.json');

  beforeEach(async () => {
    path = mkdtempSync(join(tmpdir(), 'packetless-settings-'));
    directory = await StateDirectory.claim(path);
    log = [];
  });
  afterEach(async () => {
    await directory.release();
    rmSync(path, { recursive: true });
  });

  async function loaded(from: StateDirectory | null = directory): Promise<InterfaceSettings> {
    const settings = new InterfaceSettings(
      ALL,
      createLog('info', (line) => log.push(line)),
    );
    await settings.load(from);
    return settings;
  }

  test('hold after a restart', async () => {
    const before = await loaded();
    await before.change('ens3', { mirrored: true, companion: ZMQ.name });
    const after = await loaded();
    expect(after.of(ENS3)).toEqual({ mirrored: true, companions: [ZMQ.name] });
    expect(after.of(ZMQ)).toEqual({ mirrored: null, companions: ['ens3'] });
    expect(after.of(LO)).toEqual({ mirrored: false, companions: [] });
    expect([after.problems, log.length]).toEqual([[], 1]);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(path).sort()).toEqual(['instance.sock', 'interfaces.json']);
  });

  test('changes at the same time are made one after the other', async () => {
    const settings = await loaded();
    await Promise.all([
      settings.change('ens3', { mirrored: true }),
      settings.change('lo', { companion: ZMQ.name }),
      expect(settings.change('lo', { companion: 'lo' })).rejects.toThrow('itself'),
      settings.change('ens3', { companion: ZMQ.name }),
    ]);
    const after = await loaded();
    expect(after.of(ZMQ).companions).toEqual(['lo', 'ens3']);
    expect(after.isMirrored('ens3')).toBe(true);
  });

  test.each<[string, string | Buffer]>([
    ['empty', ''],
    ['not JSON', '{"version": 1,'],
    ['of another version', '{"version": 2, "mirrored": [], "companions": []}'],
    ['of another form', '{"version": 1, "mirrored": "lo", "companions": []}'],
    ['with members that nobody knows', '{"version": 1, "mirrored": [], "companions": [], "x": 1}'],
    ['nested beyond measure', '['.repeat(100_000)],
    ['binary', Buffer.from([0xff, 0xfe, 0, 1, 2])],
    ['too long', Buffer.alloc((1 << 20) + 1, 0x20)],
    ['of too many entries', JSON.stringify({ version: 1, mirrored: Array(5000).fill('x'), companions: [] })],
  ])('a file that is %s: told, put aside, nothing is set', async (_what, content) => {
    writeFileSync(file(), content);
    const settings = await loaded();
    expect(settings.of(LO)).toEqual({ mirrored: false, companions: [] });
    expect(settings.problems).toEqual([expect.stringContaining('cannot be read')]);
    expect(log).toHaveLength(1);
    expect(readFileSync(join(path, 'interfaces.unreadable.json'))).toEqual(Buffer.from(content));
    await settings.change('lo', { mirrored: true });
    expect(settings.problems).toEqual([]);
    expect((await loaded()).isMirrored('lo')).toBe(true);
  });

  test.each<[string, () => void]>([
    ['a directory', () => mkdirSync(file())],
    ['a pipe that nobody writes into', () => execFileSync('mkfifo', [file()])],
    ['a link to elsewhere', () => symlinkSync('/etc/hostname', file())],
    ['a device without end', () => symlinkSync('/dev/zero', file())],
  ])('%s in its place: told, and replaced by what is set', async (_what, make) => {
    make();
    const settings = await loaded();
    expect(settings.problems).toEqual([expect.stringContaining('cannot be read')]);
    await settings.change('lo', { companion: ZMQ.name });
    expect((await loaded()).of(LO).companions).toEqual([ZMQ.name]);
  });

  test('names without sense in it are no companions', async () => {
    const companions = [
      { zmq: 'lo', packets: ZMQ.name },
      { zmq: ZMQ.name, packets: ZMQ.name },
      { zmq: '__proto__', packets: 'constructor' },
    ];
    writeFileSync(file(), JSON.stringify({ version: 1, mirrored: [ZMQ.name, '__proto__'], companions }));
    const settings = await loaded();
    for (const one of ALL) expect(settings.of(one).companions).toEqual([]);
    expect(settings.of(ZMQ).mirrored).toBeNull();
  });

  test('a change that cannot be kept is refused and not made', async () => {
    const settings = await loaded();
    await settings.change('lo', { mirrored: true });
    mkdirSync(join(path, 'interfaces.json.new', 'x'), { recursive: true });
    await expect(settings.change('lo', { mirrored: false })).rejects.toThrow(
      /cannot be kept in .*, so it was not made/,
    );
    expect(settings.isMirrored('lo')).toBe(true);
    rmSync(join(path, 'interfaces.json.new'), { recursive: true });
    await settings.change('lo', { mirrored: false });
    expect((await loaded()).isMirrored('lo')).toBe(false);
  });

  test('a draft that a crash has left is no hindrance', async () => {
    writeFileSync(join(path, 'interfaces.json.new'), 'half');
    chmodSync(join(path, 'interfaces.json.new'), 0o400);
    await (await loaded()).change('lo', { mirrored: true });
    expect((await loaded()).isMirrored('lo')).toBe(true);
    expect(existsSync(join(path, 'interfaces.json.new'))).toBe(false);
  });

  test('without a state directory changes hold, and that they are not kept is told once there are any', async () => {
    const settings = await loaded(null);
    expect(settings.problems).toEqual([]);
    await settings.change('lo', { mirrored: true });
    expect(settings.isMirrored('lo')).toBe(true);
    expect(settings.problems).toEqual([expect.stringContaining('not kept over a restart')]);
  });
});
