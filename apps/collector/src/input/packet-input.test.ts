/** A capture file as an interface of a running collector, which needs no privilege; network interfaces: test/e2e. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { applicationDetection } from '@packetless/capture';
import { interfaceSchema } from '@packetless/live';
import { captureFile, dnsAnswer } from '../../test/capture-file.js';
import { connectEvent } from '../../test/events.js';
import { RunningCollector, zmqInterface } from '../../test/running-collector.js';
import { waitFor } from '../../test/wait.js';

const detection = applicationDetection();
const isRecognized = 'version' in detection;
if (!isRecognized) console.warn(`Recognition of applications is not tested: ${detection.reason}.`);

const ZMQ = 'tcp://127.0.0.1:*c';
const T0 = 1_700_000_000_000;
const CLIENT = ['10.1.1.1', 40_000] as const;
const SERVER = ['10.1.1.2', 53] as const;

describe('a capture file', () => {
  let directory: string;
  let path: string;
  const collectors: RunningCollector[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'packetless-capture-'));
    path = join(directory, 'x.pcap');
    writeFileSync(
      path,
      captureFile([
        { time: T0, from: CLIENT, to: SERVER, bytes: 100 },
        { time: T0 + 7, from: SERVER, to: CLIENT, bytes: 400 },
        // After a silence that ends a flow of packets, though not a conversation.
        { time: T0 + 100_000, from: CLIENT, to: SERVER, bytes: 10 },
      ]),
    );
  });
  afterEach(async () => {
    for (const running of collectors.splice(0)) await running.stop();
    rmSync(directory, { recursive: true });
  });

  async function reading(more: Parameters<typeof RunningCollector.start>[0] = {}): Promise<RunningCollector> {
    const file = { kind: 'packets', name: path, source: { file: path } } as const;
    const running = await RunningCollector.start({ interfaces: [zmqInterface(ZMQ), file], ...more });
    collectors.push(running);
    return running;
  }
  const finished = (running: RunningCollector) =>
    waitFor('the end of the file', async () => (await running.interface(1)).packets?.finished);

  test('is read: its conversations with all their bytes, as the packets’ own clock tells them', async () => {
    const running = await reading({ idleMs: 1, endedMs: 1 });
    await finished(running);
    // What a file tells is past, so that no silence lets it go.
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const { flows } = await running.flows({ interface: path });
    expect(flows).toHaveLength(1);
    expect(flows[0]).toMatchObject({
      interface: path,
      protocol: 'udp',
      client: { address: '10.1.1.1', port: 40_000, process: null },
      server: { address: '10.1.1.2', port: 53, process: null },
      bytes: { sent: 100 + 10 + 2 * 28, received: 400 + 28 },
      packets: { sent: 2, received: 1 },
      firstSeen: T0,
      lastSeen: T0 + 100_000,
      witnesses: [{ kind: 'packets', name: path, side: null }],
    });
    const info = await running.interface(1);
    expect(info).toMatchObject({ kind: 'packets', mirrored: false, companions: [], bytes: 594 });
    expect(info.packets).toMatchObject({ received: 3, dropped: 0, interrupted: null, finished: true });
    const metrics = await (await running.get('metrics')).text();
    expect(metrics).toContain(`packetless_packets_total{interface="${path}"} 3\n`);
    expect(metrics).toContain(`packetless_packet_bytes_total{interface="${path}"} 594\n`);
    for (const { seen, delivered, dropped, inFlight } of info.ledgers) {
      expect([seen, dropped, inFlight]).toEqual([delivered, {}, 0]);
    }
  });

  test('gets names of events as a companion, which never add bytes to what it has counted', async () => {
    const running = await reading();
    await finished(running);
    const answer = await running.get(`api/v1/interfaces/${encodeURIComponent(path)}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mirrored: true, companion: ZMQ }),
    });
    expect(interfaceSchema.parse(await answer.json())).toMatchObject({ mirrored: true, companions: [ZMQ] });
    const sender = await running.sender();
    const ends = { PROTOCOL: 17, L4_REMOTE_PORT: 53, TCP_EVENT_TYPE: undefined };
    await sender.send('flow', connectEvent(40_000, { ...ends, IN_BYTES: 5000, OUT_BYTES: 6000 }));
    await sender.send('flow', connectEvent(40_001, ends));
    await sender.send('flow', connectEvent(40_002, { ...ends, IPV4_REMOTE_ADDR: '127.0.0.1' }));
    await waitFor('the events', async () => (await running.interface(0)).flows.now === 3);
    const { flows } = await running.flows({ interface: path, sort: 'client' });
    expect(flows.map(({ client, bytes }) => [client.port, client.process?.name, bytes.sent])).toEqual([
      [40_000, 'curl', 166],
      [40_001, 'curl', null],
    ]);
    expect((await running.interface(1)).eventsDelivered).toBe(2);
  });

  test('says what addresses are called: shown, searched, and inert', async () => {
    const resolver = ['10.1.1.53', 53] as const;
    const server = ['192.0.2.9', 4000] as const;
    writeFileSync(
      path,
      captureFile([
        { time: T0, from: CLIENT, to: server, bytes: 10 },
        { time: T0 + 1, from: resolver, to: CLIENT, payload: dnsAnswer('old.example.org', server[0]) },
        { time: T0 + 2, from: resolver, to: CLIENT, payload: dnsAnswer('<b>.example.org', server[0]) },
        { time: T0 + 3, from: resolver, to: CLIENT, payload: dnsAnswer('bad\x1b[2J.example.org', server[0]) },
      ]),
    );
    const running = await reading();
    await finished(running);
    const { flows } = await running.flows({ interface: path, filter: 'hostname:*.example.org' });
    expect(flows).toMatchObject([
      {
        client: { address: CLIENT[0], hostname: null },
        server: { address: server[0], hostname: '<b>.example.org' },
      },
    ]);
    expect((await running.flows({ interface: path, filter: '.example' })).flows).toHaveLength(1);
    expect((await running.flows({ interface: path, filter: 'hostname:old*' })).flows).toEqual([]);
    const ledger = (await running.interface(1)).ledgers.find(({ hop }) => hop === 'names of addresses');
    expect(ledger).toMatchObject({ seen: 1, dropped: {}, inFlight: 1 });
  });

  (isRecognized ? test : test.skip)('says which applications talk, unless nobody wants to know', async () => {
    const resolver = ['10.1.1.53', 53] as const;
    const payload = dnsAnswer('www.example.org', '192.0.2.9');
    const packets = [
      { time: T0, from: resolver, to: CLIENT, payload },
      { time: T0 + 1, from: CLIENT, to: SERVER, bytes: 10 },
    ];
    writeFileSync(path, captureFile(packets));
    const running = await reading();
    await finished(running);
    const { flows } = await running.flows({ interface: path, sort: 'firstSeen' });
    expect(flows).toMatchObject([
      { server: { address: resolver[0] }, application: 'DNS', category: 'Network' },
      { server: { address: SERVER[0] }, application: null, category: null },
    ]);
    const ledger = (await running.interface(1)).ledgers.find(({ hop }) => hop === 'applications');
    expect(ledger).toMatchObject({ seen: 2, delivered: 2, dropped: {} });
    const without = await reading({ packets: { applications: false } });
    await finished(without);
    expect((await without.flows({ interface: path, filter: 'application:*' })).flows).toEqual([]);
    expect((await without.interface(1)).ledgers.map(({ hop }) => hop)).not.toContain('applications');
  });

  test('of a link that is not understood is read, and that nothing came of it is told', async () => {
    const file = captureFile([{ time: T0, from: CLIENT, to: SERVER, bytes: 100 }]);
    const linkOfUsb = 189;
    file.writeUInt32LE(linkOfUsb, 20);
    writeFileSync(path, file);
    const running = await reading();
    await finished(running);
    expect((await running.health()).problems).toContainEqual(
      expect.stringMatching(/1 packet of a link that is not understood/),
    );
  });

  test('that is cut off is told, and what came before is kept', async () => {
    writeFileSync(path, captureFile([{ time: T0, from: CLIENT, to: SERVER, bytes: 100 }]).subarray(0, -10));
    const running = await reading();
    await finished(running);
    expect((await running.health()).problems).toEqual([
      expect.stringContaining(`${path} could not be read to its end`),
    ]);
  });

  test.each<[string, () => object, RegExp]>([
    ['is missing', () => ({ file: '/nowhere/x.pcap' }), /-i x: .*\/nowhere\/x\.pcap/],
    ['is no capture', () => ({ file: import.meta.filename }), /-i x: /],
    ['is an interface that is not there', () => ({ interface: 'nosuch0' }), /-i x: .*nosuch0/],
  ])('%s: the collector says so and does not start', async (_what, source, reason) => {
    const given = { kind: 'packets', name: 'x', source: source() as { file: string } } as const;
    await expect(RunningCollector.start({ interfaces: [given] })).rejects.toThrow(reason);
  });

  test('with a filter that makes no sense: the collector says so and does not start', async () => {
    await expect(reading({ packets: { filter: 'port port' } })).rejects.toThrow(/port port/);
  });

  test('is read through a filter', async () => {
    const running = await reading({ packets: { filter: 'src port 53' } });
    await finished(running);
    expect((await running.flows({ interface: path })).flows[0]).toMatchObject({
      packets: { sent: 0, received: 1 },
    });
  });
});
