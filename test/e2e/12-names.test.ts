/** What packets call hosts, servers and applications, on the page, beside their addresses; a file needs no privilege. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applicationDetection } from '@packetless/capture';
import { createApi } from '@packetless/live';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { packetFile, type Socket } from '../harness/packet-file.js';
import { Collector } from '../harness/packetless.js';
import { waitFor } from '../harness/wait.js';

const CLIENT = '10.1.1.1';
const RESOLVER: Socket = ['10.1.1.53', 53];
const WEB: Socket = ['192.0.2.80', 80];
const STORE: Socket = ['192.0.2.9', 4000];
const PSH_ACK = 0x18;
/** To be shown as it is, not to be markup. */
const HOST = '<b>.example.net';

const detection = applicationDetection();
const isRecognized = 'version' in detection;
if (!isRecognized) console.warn(`Applications are not looked for: ${detection.reason}.`);

const text = (value: string) => Buffer.from(value, 'latin1');

function answer(name: string, address: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), text(label)]));
  const header = Buffer.from([0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)];
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1, ...record])]);
}

describe('names that packets tell', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let file: string;

  beforeAll(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'packetless-names-'));
    cleanup.add(() => rmSync(directory, { recursive: true, force: true }));
    file = join(directory, 'names.pcap');
    const client: Socket = [CLIENT, 40_000];
    const head = `GET / HTTP/1.1\r\nCookie: ${'c'.repeat(1000)}\r\nHost: www.example.org\r\n\r\n`;
    const segment = (from: number, to: number) => ({
      from: client,
      to: WEB,
      payload: text(head.slice(from, to)),
      flags: PSH_ACK,
      sequence: 1 + from,
    });
    const packets = [
      { from: RESOLVER, to: [CLIENT, 40_001] as const, payload: answer('db.example.net', STORE[0]) },
      { from: RESOLVER, to: [CLIENT, 40_001] as const, payload: answer(HOST, STORE[0]) },
      { from: [CLIENT, 40_002] as const, to: STORE, payload: text('hello') },
      segment(0, 600),
      segment(600, head.length),
    ];
    writeFileSync(file, packetFile(packets));
    collector = await Collector.start(cleanup, ['-i', file, '-d', directory]);
  });
  afterAll(() => cleanup.run());

  test('are in what the collector answers, and can be searched', async () => {
    const api = createApi(collector.page);
    const flows = async (filter: string) => (await api.flows({ interface: file, filter })).flows;
    const found = await waitFor('the file', async () => {
      const all = await flows('servername:www.example.org');
      return all.length > 0 ? all : undefined;
    });
    expect(found).toMatchObject([
      { serverName: 'www.example.org', server: { address: WEB[0], hostname: null } },
    ]);
    expect(await flows('hostname:*.example.net')).toMatchObject([
      { serverName: null, server: { address: STORE[0], hostname: HOST } },
    ]);
    expect(await flows('hostname:db.*')).toEqual([]);
  });

  (isRecognized ? test : test.skip)('are also those of applications', async () => {
    const api = createApi(collector.page);
    const flows = async (filter: string) => (await api.flows({ interface: file, filter })).flows;
    expect(await flows('application:http')).toMatchObject([
      { application: 'HTTP', category: 'Web', server: { address: WEB[0] } },
    ]);
    expect(await flows('category:web application:DNS')).toEqual([]);
    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${collector.page}?interface=${encodeURIComponent(file)}`);
    const row = page.locator('[role="row"]', { hasText: WEB[0] });
    await row.first().waitFor();
    expect(await row.first().locator('.cell-protocol').textContent()).toBe('tcpHTTP');
    await row.first().click();
    await page.locator('.facts', { hasText: 'HTTP, Web' }).first().waitFor();
    expect(browser.complaints).toEqual([]);
    await page.close();
  });

  test('are shown beside the address', async () => {
    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${collector.page}?interface=${encodeURIComponent(file)}`);
    for (const [address, name] of [
      [WEB[0], 'www.example.org'],
      [STORE[0], HOST],
    ] as const) {
      const row = page.locator('[role="row"]', { hasText: name });
      await row.first().waitFor();
      expect(await row.first().textContent()).toContain(address);
    }
    expect(browser.complaints).toEqual([]);
    await page.close();
  });
});
