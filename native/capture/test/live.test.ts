import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { cannotTest, RemoteCapture, TwoNamespaces } from './namespaces.js';

const NOBODY = 65_534;
const ETHERNET_HEADER = 14;

/** Sends so many datagrams of so many bytes to port 5000 of the other namespace, one after another. */
const send = (count: number, length: number, to = '10.77.0.1'): string => `
  const socket = require('node:dgram').createSocket('udp4');
  let left = ${count};
  const next = () => left-- > 0 ? socket.send(Buffer.alloc(${length}), 5000, '${to}', next) : socket.close();
  socket.bind(6000, next);`;

/** A TCP server and a client of it in the same process, over addresses of the namespace. */
const converse = `
  const net = require('node:net');
  const server = net.createServer((peer) => { peer.resume(); peer.on('end', () => peer.end('x'.repeat(5000))); });
  server.listen(7000, '127.0.0.1', () => {
    const client = net.connect(7000, '127.0.0.1', () => client.end('y'.repeat(3000)));
    client.resume();
    client.on('close', () => server.close());
  });`;

(cannotTest === null ? describe : describe.skip)('a live interface', () => {
  let namespaces: TwoNamespaces;
  let capture: RemoteCapture | null = null;

  beforeEach(() => {
    namespaces = new TwoNamespaces();
  });

  afterEach(async () => {
    await capture?.stop();
    capture = null;
    namespaces.remove();
  });

  const start = async (options: object = {}, source: object = { interface: 'veth0' }) => {
    capture = await RemoteCapture.start(namespaces.near, { source, intervalMs: 50, ...options } as never);
    return capture;
  };

  test('its packets and bytes are those that the interface itself counts', async () => {
    const before = namespaces.counters();
    const running = await start();
    namespaces.script(namespaces.far, send(3000, 700));
    namespaces.script(namespaces.near, send(500, 20, '10.77.0.2'));
    const after = namespaces.counters();
    const packets = after.packets - before.packets;
    expect(packets).toBeGreaterThanOrEqual(3500);
    const told = ({
      flows,
    }: {
      flows: readonly { client: { packets: number }; server: { packets: number } }[];
    }) => flows.reduce((sum, flow) => sum + flow.client.packets + flow.server.packets, 0);
    const { account, flows } = await running.until((report) => told(report) >= packets);
    expect(account).toMatchObject({
      received: packets,
      decoded: packets,
      droppedByKernel: 0,
      droppedByInterface: 0,
    });
    const bytes = flows.reduce((sum, flow) => sum + flow.client.bytes + flow.server.bytes, 0);
    expect(bytes).toBe(after.bytes - before.bytes - packets * ETHERNET_HEADER);
    expect(
      flows.find((flow) => flow.client.address === '10.77.0.2' && flow.server.port === 5000),
    ).toMatchObject({ protocol: 17, client: { packets: 3000, bytes: 3000 * 728 } });
  });

  test('a TCP connection over loopback, on all interfaces at once', async () => {
    const running = await start({ filter: 'tcp' }, { interface: 'any' });
    namespaces.script(namespaces.near, converse);
    const { flows } = await running.until((report) => report.flows[0]?.state === 'CLOSED');
    expect(flows).toMatchObject([{ server: { address: '127.0.0.1', port: 7000 }, orientation: 'handshake' }]);
  });

  test('a packet that passes several interfaces counts once, on all of them at once', async () => {
    namespaces.bridge();
    const running = await start({ filter: 'udp or tcp' }, { interface: 'any' });
    namespaces.script(namespaces.far, send(100, 700));
    const datagrams = await running.until(({ account }) => account.decoded + account.repeated >= 200);
    // Once on the port of the bridge, once on the bridge itself.
    expect(datagrams.account).toMatchObject({ received: 200, decoded: 100, repeated: 100 });
    await namespaces.converse(namespaces.far, namespaces.near, '10.77.0.1');
    const { flows } = await running.until(({ flows }) =>
      ['CLOSED', null].every((state) => flows.some((flow) => flow.state === state)),
    );
    expect(flows.find(({ protocol }) => protocol === 17)).toMatchObject({
      client: { packets: 100, bytes: 100 * 728 },
    });
    const { client, server } = flows.find(({ protocol }) => protocol === 6)!;
    for (const side of [client, server]) {
      expect(side.tcp).toMatchObject({ retransmits: 0, duplicates: 0, outOfOrder: 0 });
    }
    expect([client.bytes - 3000, server.bytes - 5000].every((headers) => headers > 0 && headers < 1500)).toBe(
      true,
    );
  });

  test('hosts of different segments that have the same address there are not taken for one another', async () => {
    const [link, far] = [['type', 'veth', 'peer', 'name', 'veth1', 'arp', 'off', 'netns'], namespaces.far];
    namespaces.exec(namespaces.near, 'ip', 'link', 'add', 'veth1', 'arp', 'off', ...link, far);
    for (const end of [namespaces.near, far]) namespaces.exec(end, 'ip', 'link', 'set', 'veth1', 'up');
    const running = await start({ filter: 'udp' }, { interface: 'any' });
    for (const device of ['veth0', 'veth1']) {
      namespaces.exec(far, 'ip', 'address', 'add', '169.254.7.2/16', 'dev', device);
      namespaces.script(far, send(10, 100, '169.254.7.1'));
      namespaces.exec(far, 'ip', 'address', 'delete', '169.254.7.2/16', 'dev', device);
    }
    const { account } = await running.until(({ account }) => account.received >= 20);
    expect(account).toMatchObject({ decoded: 20, repeated: 0 });
  });

  test('another interface takes over when packets come by it', async () => {
    const running = await start({ filter: 'udp' }, { interface: 'any' });
    namespaces.script(namespaces.far, send(10, 100));
    await running.until(({ account }) => account.decoded >= 10);
    namespaces.exec(namespaces.near, 'ip', 'link', 'delete', 'veth0');
    // Another link of another number, after longer than anything is on its way.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    namespaces.connect();
    namespaces.script(namespaces.far, send(10, 100));
    const { account } = await running.until(({ flows }) =>
      flows.some(({ server, client }) => server.port === 5000 && client.packets === 20),
    );
    expect(account).toMatchObject({ decoded: 20, repeated: 0 });
  });

  test('what the kernel had to drop is counted: nothing is lost in silence', async () => {
    const running = await start({ bufferBytes: 1024 * 1024, snaplen: 2048 });
    running.process.kill('SIGSTOP');
    const before = namespaces.counters();
    namespaces.script(namespaces.far, send(5000, 1400));
    const sent = namespaces.counters().packets - before.packets;
    running.process.kill('SIGCONT');
    const { account } = await running.until(
      ({ account }) => account.received + account.droppedByKernel >= sent,
    );
    expect(account.droppedByKernel).toBeGreaterThan(0);
    expect(account.received + account.droppedByKernel).toBe(sent);
  });

  test('that goes away is waited for, and read again when it is back', async () => {
    const running = await start();
    namespaces.script(namespaces.far, send(10, 100));
    await running.until(({ account }) => account.received >= 10);
    namespaces.exec(namespaces.near, 'ip', 'link', 'delete', 'veth0');
    const gone = await running.until(({ account }) => account.interrupted !== null);
    expect(gone.account.interruptions).toBe(1);
    namespaces.connect();
    await running.until(({ account }) => account.interrupted === null);
    namespaces.script(namespaces.far, send(20, 100));
    const { flows, account } = await running.until((report) => report.account.received >= 30);
    expect(account).toMatchObject({ interruptions: 1, interrupted: null });
    expect(flows.find((flow) => flow.server.port === 5000)).toBeDefined();
  });

  test('that goes down goes on being read when it is up again', async () => {
    const running = await start();
    namespaces.script(namespaces.far, send(5, 100));
    await running.until(({ account }) => account.received >= 5);
    namespaces.exec(namespaces.near, 'ip', 'link', 'set', 'veth0', 'down');
    namespaces.exec(namespaces.near, 'ip', 'link', 'set', 'veth0', 'up');
    namespaces.script(namespaces.far, send(5, 100));
    const { account } = await running.until((report) => report.account.received >= 10);
    expect(account.interrupted).toBeNull();
  });

  test('that is not there is named', async () => {
    await expect(start({}, { interface: 'nosuch0' })).rejects.toMatchObject({
      code: 'NO_INTERFACE',
      message: expect.stringMatching(/no interface nosuch0/),
    });
  });

  test('a filter that makes no sense is refused', async () => {
    await expect(start({ filter: 'nonsense!' })).rejects.toMatchObject({ code: 'FILTER' });
  });

  test('whoever may not capture is told which capability it takes', async () => {
    const source = { interface: 'veth0' };
    await expect(RemoteCapture.start(namespaces.near, { source }, NOBODY)).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringMatching(/CAP_NET_RAW/),
    });
  });
});
