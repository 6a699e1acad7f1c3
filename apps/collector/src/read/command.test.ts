/** Capture files read by the command; needs the built addon. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { flowSchema } from '@packetless/live';
import { captureFile, type Datagram } from '../../test/capture-file.js';
import { readFiles } from './command.js';
import { parseReadOptions } from './options.js';

const T0 = 1_700_000_000_000;
const SERVER = ['10.1.1.2', 53] as const;
const query = (port: number, time: number, bytes: number): Datagram => ({
  time,
  from: ['10.1.1.1', port],
  to: SERVER,
  bytes,
});

class Text extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').filter(Boolean);
  }
}

describe('read', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'packetless-read-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function fileOf(name: string, ...datagrams: Datagram[]): string {
    const path = join(directory, name);
    writeFileSync(path, captureFile(datagrams));
    return path;
  }

  async function read(...args: string[]) {
    const command = parseReadOptions(args);
    if (command.kind !== 'read') throw new Error(command.kind);
    const [out, error] = [new Text(), new Text()];
    const status = await readFiles(command.options, { out, error });
    return { status, lines: out.lines, account: error.lines };
  }

  test('lists conversations a line each, from the beginning of their file on, and says what was read', async () => {
    const one = fileOf('one.pcap', query(40_000, T0, 100), query(40_001, T0 + 1500, 2000));
    const other = fileOf('other.pcap', query(40_002, T0 + 90_000, 1));
    const { status, lines, account } = await read(one, other);
    expect(status).toBe(0);
    expect(lines[0]).toMatch(/START +LASTED +PROTO +CLIENT +SERVER/);
    expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/))).toEqual([
      expect.arrayContaining(['0.000', '10.1.1.1:40000', '10.1.1.2:53', 'ACTIVE', '128 B']),
      expect.arrayContaining(['1.500', '10.1.1.1:40001', '10.1.1.2:53', 'ACTIVE', '2.0 kB']),
      expect.arrayContaining(['0.000', '10.1.1.1:40002', '10.1.1.2:53', 'ACTIVE', '29 B']),
    ]);
    expect(account).toEqual([`${one}: 2 packets, 2 conversations`, `${other}: 1 packet, 1 conversation`]);
  });

  test('chooses, sorts and limits; as JSON they are flows as REST has them', async () => {
    const path = fileOf(
      'x.pcap',
      query(1, T0, 10),
      query(2, T0 + 1, 30),
      query(3, T0 + 2, 20),
      query(4, T0 + 3, 40),
    );
    const { lines } = await read(
      path,
      '-f',
      'not clientport:4',
      '-s',
      '-bytes',
      '-n',
      '2',
      '--format',
      'json',
    );
    const flows = lines.map((line) => flowSchema.parse(JSON.parse(line)));
    expect(flows.map(({ client, bytes }) => [client.port, bytes.sent])).toEqual([
      [2, 58],
      [3, 48],
    ]);
    const only = await read(path, '-B', 'src port 3', '--format', 'json');
    expect(only.lines.map((line) => JSON.parse(line).client.port)).toEqual([3]);
  });

  test('tells what it could not read, and lists what it could', async () => {
    const whole = fileOf('whole.pcap', query(1, T0, 10));
    const broken = join(directory, 'broken.pcap');
    const bytes = captureFile([query(2, T0, 10), query(3, T0, 10)]);
    writeFileSync(broken, bytes.subarray(0, bytes.length - 5));
    const absent = join(directory, 'absent.pcap');
    const { status, lines, account } = await read(broken, absent, whole);
    expect(status).toBe(1);
    expect(lines).toHaveLength(1 + 2);
    expect(account[0]).toMatch(/broken\.pcap: 1 packet, 1 conversation; .*could not be read to its end/);
    expect(account[1]).toMatch(/absent\.pcap: 0 packets.*No such file/);
    expect(account[2]).toMatch(/whole\.pcap: 1 packet, 1 conversation$/);
  });

  test('what finds no room is counted', async () => {
    const path = fileOf('x.pcap', ...Array.from({ length: 10 }, (_, port) => query(port + 1, T0 + port, 10)));
    const { lines, account } = await read(path, '--max-flows', '4');
    expect(lines).toHaveLength(1 + 4);
    expect(account[0]).toMatch(/10 packets, 4 conversations; flow table: \d+ table full/);
  });

  test('ends when whoever reads has seen enough', async () => {
    const path = fileOf('x.pcap', ...Array.from({ length: 2000 }, (_, port) => query(port + 1, T0, 10)));
    const out = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const command = parseReadOptions([path]);
    if (command.kind !== 'read') throw new Error(command.kind);
    expect(await readFiles(command.options, { out, error: new Text() })).toBe(0);
  });
});
