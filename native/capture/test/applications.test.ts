/** Which applications talk, as nDPI recognises them in packets of ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Addon } from '../src/addon.js';
import { applicationDetection } from '../src/index.js';
import { type Captured, capture, type FilePacket, pcapFile, withFile } from './capture-file.js';
import { clientHello, protocols, serverName, text, vector } from './client-hello.js';
import { Conversation } from './conversation.js';
import * as packet from './packets.js';

const detection = applicationDetection();
const isThere = 'version' in detection;
if (!isThere) console.warn(`Recognition of applications is not tested: ${detection.reason}.`);
const hasReader = spawnSync('ndpiReader', ['-h'], { stdio: 'ignore' }).error === undefined;
if (!hasReader)
  console.warn(
    'The comparison with ndpiReader is skipped: it is not installed (apt-get install libndpi-bin).',
  );

const DATA = packet.PSH | packet.ACK;
const labels = (name: string) =>
  packet.join(...name.split('.').map((label) => vector(1, text(label))), packet.u8(0));
const QUESTION = packet.join(
  packet.u16(7),
  packet.u16(0x0100),
  packet.u16(1),
  packet.zeros(6),
  labels('www.example.org'),
  packet.u16(1),
  packet.u16(1),
);

/** `client` and `server` are of a family. */
interface Ends {
  readonly client: string;
  readonly server: string;
}
const IPV4: Ends = { client: '10.0.0.1', server: '10.0.0.2' };
const IPV6: Ends = { client: 'fd00::1', server: 'fd00::2' };

function datagram(
  payload: packet.Bytes,
  destinationPort: number,
  sourcePort = 40_000,
  { client, server } = IPV4,
) {
  return packet.ethernet(
    packet.udpPacket({ source: client, destination: server, sourcePort, destinationPort, payload }),
  );
}

const tls = (ends: Ends, name: string, clientPort = 40_001) =>
  new Conversation({ ...ends, clientPort })
    .open()
    .send('client', DATA, clientHello(serverName(name), protocols('h2')));
const http = (ends: Ends, clientPort = 40_002) =>
  new Conversation({ ...ends, serverPort: 80, clientPort })
    .open()
    .send(
      'client',
      DATA,
      text('GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: test/1\r\nAccept: */*\r\n\r\n'),
    )
    .send('server', DATA, text('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok'));
const ssh = (ends: Ends, clientPort = 40_003) =>
  new Conversation({ ...ends, serverPort: 2222, clientPort })
    .open()
    .send('server', DATA, text('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'))
    .send('client', DATA, text('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'));
const noise = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 151 + 89) & 0xff);

/** The last that was told of each flow. */
function applications({ names, flows }: Captured): (string | null)[] {
  return flows.map(({ id }) => {
    const told = (kind: string) =>
      names.filter((name) => name.kind === kind && name.flow === id).at(-1)?.name;
    const application = told('application');
    return application === undefined ? null : `${application} ${told('category')}`;
  });
}

const look = (packets: readonly (FilePacket | Uint8Array)[]) => capture(packets, { applications: true });

(isThere ? describe : describe.skip)('applications', () => {
  test.each([
    ['TLS', IPV4, tls(IPV4, 'www.example.org').packets, 'TLS Web'],
    ['TLS over IPv6', IPV6, tls(IPV6, 'www.example.org').packets, 'TLS Web'],
    ['whom TLS asks for', IPV4, tls(IPV4, 'www.google.com').packets, 'TLS.Google Web'],
    ['HTTP', IPV4, http(IPV4).packets, 'HTTP Web'],
    ['HTTP over IPv6', IPV6, http(IPV6).packets, 'HTTP Web'],
    ['SSH on another port', IPV4, ssh(IPV4).packets, 'SSH RemoteAccess'],
    ['DNS', IPV4, [{ bytes: datagram(QUESTION, 53) }], 'DNS Network'],
    ['DNS over IPv6', IPV6, [{ bytes: datagram(QUESTION, 53, 40_000, IPV6) }], 'DNS Network'],
  ])('%s', async (_, __, packets, expected) => {
    const captured = await look(packets);
    expect(applications(captured)).toEqual([expected]);
    expect(captured.account.applications).toEqual({ flows: 1, recognized: 1, unknown: 0, crowdedOut: 0 });
  });

  test('are not what a port suggests', async () => {
    const talk = new Conversation({ serverPort: 443 }).open();
    for (let i = 0; i < 12; i++) talk.send(i % 2 === 0 ? 'client' : 'server', DATA, noise(60 + i));
    const captured = await look(talk.packets);
    expect(applications(captured)).toEqual([null]);
    expect(captured.account.applications).toEqual({ flows: 1, recognized: 0, unknown: 1, crowdedOut: 0 });
  });

  test('also in a connection whose beginning was not seen', async () => {
    expect(applications(await look(http(IPV4).packets.slice(3)))).toEqual(['HTTP Web']);
  });

  test('are told again of the next conversation between the same ends', async () => {
    const again = (time: number) => ({ bytes: datagram(QUESTION, 53), time: 1_700_000_000 + time });
    const quiet = await look([again(0), again(1), again(200)]);
    expect(applications(quiet)).toEqual(['DNS Network', 'DNS Network']);
    const first = ssh(IPV4).close();
    const second = new Conversation({
      ...IPV4,
      serverPort: 2222,
      clientPort: 40_003,
      start: 1_700_000_900,
      clientSequence: 9e6,
    })
      .open()
      .send('client', DATA, text('GET / HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: test/1\r\n\r\n'));
    expect(applications(await look([...first.packets, ...second.packets]))).toEqual([
      'SSH RemoteAccess',
      'HTTP Web',
    ]);
  });

  test('of more flows than are looked at together are counted', async () => {
    const flows = Array.from({ length: 5000 }, (_, at) => ({
      bytes: datagram(noise(40), 9000, 1024 + at),
      time: 1_700_000_000 + at / 10_000,
    }));
    const { account } = await look(flows);
    const { flows: seen, recognized, unknown, crowdedOut } = account.applications;
    expect([seen, recognized + unknown + crowdedOut]).toEqual([5000, 5000]);
    expect(crowdedOut).toBeGreaterThanOrEqual(5000 - 4096);
    expect(unknown).toBeGreaterThan(2000);
    // Those that are known make room at once.
    const known = Array.from({ length: 5000 }, (_, at) => ({
      bytes: datagram(QUESTION, 53, 1024 + at),
      time: 1_700_000_000 + at / 10_000,
    }));
    const { recognized: all } = (await look(known)).account.applications;
    expect(all).toBe(5000);
    // Quiet ones make room for those that come later.
    const late = await look([
      ...flows,
      ...tls(IPV4, 'www.google.com').packets.map((one) => ({ ...one, time: one.time! + 20 })),
    ]);
    expect(applications(late)).toContain('TLS.Google Web');
  });

  test('are not looked for when nobody wants them', async () => {
    const { names, account } = await capture(http(IPV4).packets);
    expect(names.map(({ kind }) => kind)).toEqual(['http']);
    expect(account.applications).toEqual({ flows: 0, recognized: 0, unknown: 0, crowdedOut: 0 });
  });

  (hasReader ? test : test.skip)('ndpiReader finds the same', async () => {
    const packets = [
      ...tls(IPV4, 'www.google.com').packets,
      ...tls(IPV6, 'api.github.com').packets,
      ...http(IPV4).packets,
      ...ssh(IPV6).packets,
      { bytes: datagram(QUESTION, 53), time: 1_700_000_001 },
    ];
    const theirs = await withFile(pcapFile(packets), (path) => {
      const table = `${path}.csv`;
      execFileSync('ndpiReader', ['-q', '-d', '-i', path, '-C', table], { stdio: 'ignore' });
      return readerNames(readFileSync(table, 'utf8'));
    });
    const ours = await look(packets);
    const named = ours.flows.map(
      ({ client }, at) => `${client.port} ${applications(ours)[at]!.split(' ')[0]}`,
    );
    expect(named.sort()).toEqual(theirs);
  });
});

/** Client's port and protocol of each flow, from its table. */
function readerNames(csv: string): string[] {
  const [head, ...rows] = csv
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const [port, name] = ['src_port', 'ndpi_proto'].map((column) => head!.indexOf(column));
  return rows.map((row) => `${row[port!]} ${row[name!]}`).sort();
}

describe('where nDPI is missing', () => {
  const require = createRequire(import.meta.url);
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  /** The addon in a folder where `library` is beside it; null: nothing is. */
  function addonBeside(library: Uint8Array | null): Addon {
    const folder = mkdtempSync(join(tmpdir(), 'packetless-addon-'));
    folders.push(folder);
    copyFileSync(new URL('../build/capture.node', import.meta.url), join(folder, 'capture.node'));
    if (library !== null) writeFileSync(join(folder, 'ndpi.so'), library);
    return require(join(folder, 'capture.node')) as Addon;
  }

  test('it is said what to do', () => {
    expect(addonBeside(null).applications()).toEqual({
      reason: expect.stringMatching(/cannot be loaded: .*ndpi\.so.*apt-get install libndpi-dev/),
    });
    expect(addonBeside(text('no library')).applications()).toEqual({
      reason: expect.stringMatching(/cannot be loaded/),
    });
  });
});
