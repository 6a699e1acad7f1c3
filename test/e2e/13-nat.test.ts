/**
 * Translation of addresses on one host, by real rules: a service with two backends, masquerade, both at once, a
 * redirected port, IPv6 and UDP. What the agents of client and server see under different addresses is one conversation.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApi } from '@packetless/live';
import type { Flow } from '@packetless/model';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import {
  addRoute,
  connectNamespaces,
  forwardPackets,
  loadHostRules,
  loadRules,
  makeNamespace,
  plugIntoHost,
} from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { type Call, type Server, Traffic, type Transport } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

const BYTES = 20_000;
const SERVICE = '10.79.0.10';
const SERVICE_6 = 'fd79::10';
const BACKENDS = ['10.79.2.2', '10.79.3.2'] as const;
const BACKENDS_6 = ['fd79:2::2', 'fd79:3::2'] as const;
const PORT = 8080;

/** 80 is balanced, 81 also masqueraded; 82 is masqueraded only; a backend redirects 83. */
const RULES = `
table inet nat {
  chain in {
    type nat hook prerouting priority dstnat;
    ip daddr ${SERVICE} meta l4proto { tcp, udp } th dport 81 ct mark set 81
    ip daddr ${SERVICE} meta l4proto { tcp, udp } th dport { 80, 81 } dnat ip to numgen inc mod 2 map { 0 : ${BACKENDS[0]}, 1 : ${BACKENDS[1]} } : ${PORT}
    ip6 daddr ${SERVICE_6} meta l4proto { tcp, udp } th dport 80 dnat ip6 to numgen inc mod 2 map { 0 : ${BACKENDS_6[0]}, 1 : ${BACKENDS_6[1]} } : ${PORT}
  }
  chain out {
    type nat hook postrouting priority srcnat;
    ct mark 81 masquerade
    ip daddr ${BACKENDS[0]} meta l4proto { tcp, udp } th dport 82 masquerade
  }
}`;
const REDIRECT = `
table ip nat {
  chain in {
    type nat hook prerouting priority dstnat;
    tcp dport 83 redirect to :${PORT}
  }
}`;

describeAsRoot('translation of addresses', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let client: string;
  const servers = new Map<string, Server>();

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    const router = makeNamespace(cleanup);
    client = makeNamespace(cleanup);
    const backends = [makeNamespace(cleanup), makeNamespace(cleanup)];
    for (const [index, namespace] of [client, ...backends].entries()) {
      const net = index + 1;
      connectNamespaces(
        { namespace, device: 'eth0', addresses: [`10.79.${net}.2/24`, `fd79:${net}::2/64`] },
        { namespace: router, device: `port${net}`, addresses: [`10.79.${net}.1/24`, `fd79:${net}::1/64`] },
      );
      addRoute(namespace, `10.79.${net}.1`);
      addRoute(namespace, `fd79:${net}::1`);
    }
    forwardPackets(router);
    loadRules(router, RULES);
    loadRules(backends[0]!, REDIRECT);
    for (const [index, namespace] of backends.entries()) {
      for (const transport of ['tcp', 'udp'] as const) {
        for (const address of [BACKENDS[index]!, BACKENDS_6[index]!]) {
          servers.set(
            `${transport} ${address}`,
            await traffic.serve(transport, address, { namespace }, PORT),
          );
        }
        if (index === 0)
          servers.set(`${transport} 82`, await traffic.serve(transport, BACKENDS[0], { namespace }, 82));
      }
    }
    collector = await Collector.start(cleanup);
    await startAgent(cleanup, collector, { args: ['--interval', '1'] });
  });
  afterAll(() => cleanup.run());

  const isWhole = ({ client, server, bytes }: Flow) =>
    client.process !== null && server.process !== null && bytes.sent === BYTES && bytes.received === BYTES;

  async function call(transport: Transport, address: string, port: number): Promise<[Call, Flow]> {
    const token = `to-${address}-${port}-${Math.random()}`;
    const made = await traffic.call(transport, address, port, BYTES, { namespace: client }, token);
    const flow = await collector.flow(`cmdline:*${token}`, isWhole);
    expect(flow.client.process!.pid).toBe(made.pid);
    return [made, flow];
  }

  /** The only flow with that end, by whatever address it is called. */
  async function expectNoOther(flow: Flow): Promise<void> {
    const ends = [flow.client.port, flow.translation!.client.port].map((port) => `clientport:${port}`);
    const filter = `(${ends.join(' or ')}) and proto:${flow.protocol} and host:10.79.0.0/16,`.replace(
      / and host.*/,
      '',
    );
    const { flows } = await collector.flows({ filter });
    expect(flows.map(({ id }) => id)).toEqual([flow.id]);
  }

  describe.each(['tcp', 'udp'] as const)('%s', (transport) => {
    test('a service with two backends', async () => {
      const seen = new Set<string>();
      for (let index = 0; index < 4; index++) {
        const [made, flow] = await call(transport, SERVICE, 80);
        expect(flow).toMatchObject({
          client: { address: '10.79.1.2', port: made.port },
          server: { address: SERVICE, port: 80 },
          translation: { client: { address: '10.79.1.2', port: made.port }, server: { port: PORT } },
        });
        const backend = flow.translation!.server.address;
        seen.add(backend);
        expect(flow.server.process!.pid).toBe(servers.get(`${transport} ${backend}`)!.program.pid);
        await expectNoOther(flow);
      }
      expect([...seen].sort()).toEqual([...BACKENDS]);
    });

    test('masqueraded', async () => {
      const [made, flow] = await call(transport, BACKENDS[0], 82);
      expect(flow).toMatchObject({
        client: { address: '10.79.1.2', port: made.port },
        server: { address: BACKENDS[0], port: 82 },
        translation: { client: { address: '10.79.2.1' }, server: { address: BACKENDS[0], port: 82 } },
      });
      await expectNoOther(flow);
    });

    test('both', async () => {
      const [, flow] = await call(transport, SERVICE, 81);
      expect(flow.server).toMatchObject({ address: SERVICE, port: 81 });
      const { client: from, server: to } = flow.translation!;
      expect([from.address.replace(/\.\d+$/, '.1'), BACKENDS as readonly string[]]).toEqual([
        to.address.replace(/\.\d+$/, '.1'),
        expect.arrayContaining([to.address]),
      ]);
      await expectNoOther(flow);
    });

    test('IPv6', async () => {
      const [made, flow] = await call(transport, SERVICE_6, 80);
      expect(flow).toMatchObject({
        client: { address: 'fd79:1::2', port: made.port },
        server: { address: SERVICE_6, port: 80 },
      });
      expect(BACKENDS_6 as readonly string[]).toContain(flow.translation!.server.address);
      await expectNoOther(flow);
    });
  });

  test('a port that is redirected where the server is', async () => {
    const [, flow] = await call('tcp', BACKENDS[0], 83);
    expect(flow).toMatchObject({
      server: { address: BACKENDS[0], port: 83 },
      translation: { server: { address: BACKENDS[0], port: PORT } },
    });
    await expectNoOther(flow);
  });

  test('found by the address of the backend, and counted for its socket', async () => {
    const [, flow] = await call('tcp', SERVICE, 80);
    const backend = flow.translation!.server.address;
    expect(
      (await collector.flows({ filter: `backend:${backend} clientport:${flow.client.port}` })).total,
    ).toBe(1);
    expect((await collector.flows({ filter: `translated clientport:${flow.client.port}` })).total).toBe(1);
  });

  test('the page shows client → service → backend, on a desk and in a hand', async () => {
    const [, flow] = await call('tcp', SERVICE, 81);
    const [from, to] = [flow.translation!.client, flow.translation!.server].map(
      ({ address, port }) => `${address}:${port}`,
    );
    const browser = await Browser.start(cleanup);
    for (const size of [
      { width: 1280, height: 720 },
      { width: 390, height: 844 },
    ]) {
      const page = await browser.open(`${collector.page}?filter=clientport:${flow.client.port}`, size);
      const row = page.getByTestId('flow-row').filter({ hasText: `${SERVICE}:81` });
      await row.getByText(to!, { exact: true }).waitFor();
      await row.getByText(from!, { exact: true }).waitFor();
      await row.click();
      const details = page.getByTestId('flow-details');
      await details.getByText('where it goes (NAT)').waitFor();
      await details.getByText(`${from} → ${to}`).waitFor();
      expect(await details.getByText(to!, { exact: true }).isVisible()).toBe(true);
      await page.close();
    }
  });

  test('nothing was lost uncounted, and nothing is missing', async () => {
    const { interfaces } = await createApi(collector.page).interfaces();
    for (const { ledgers } of interfaces) {
      for (const { hop, seen, delivered, dropped, inFlight } of ledgers) {
        const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
        expect([hop, seen]).toEqual([hop, delivered + lost + inFlight]);
      }
    }
    const [agent] = await waitFor('the agent', async () => (await collector.agents()).agents);
    expect(agent!.lost.filter(({ what }) => what.includes('NAT'))).toEqual([]);
  });
});

/** No interface of this machine is called so. */
const TO_CLIENT = `plnc${process.pid % 100_000}`;
const TO_SERVER = `plns${process.pid % 100_000}`;
const ON_HOST = `plnat${process.pid}`;

describeAsRoot('packets that are seen before and behind a translation', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let client: string;

  beforeAll(async () => {
    traffic = new Traffic(cleanup);
    client = makeNamespace(cleanup);
    const server = makeNamespace(cleanup);
    for (const [device, namespace, net] of [
      [TO_CLIENT, client, '10.79.11'],
      [TO_SERVER, server, '10.79.12'],
    ] as const) {
      plugIntoHost(cleanup, { namespace, device: 'eth0', addresses: [`${net}.2/24`] }, device, `${net}.1/24`);
      addRoute(namespace, `${net}.1`);
    }
    loadHostRules(
      cleanup,
      ON_HOST,
      `chain in {
        type nat hook prerouting priority dstnat;
        iifname ${TO_CLIENT} ip daddr ${SERVICE} meta l4proto { tcp, udp } th dport 80 dnat ip to 10.79.12.2:${PORT}
      }`,
    );
    for (const transport of ['tcp', 'udp'] as const)
      await traffic.serve(transport, '10.79.12.2', { namespace: server }, PORT);
    const packets = ['any', TO_CLIENT, TO_SERVER].flatMap((name) => ['-i', name]);
    collector = await Collector.start(cleanup, packets);
    await startAgent(cleanup, collector, { args: ['--interval', '1'] });
    await createApi(collector.page).changeInterface('any', {
      mirrored: true,
      companion: collector.interfaceName,
    });
  });
  afterAll(() => cleanup.run());

  test.each(['tcp', 'udp'] as const)(
    '%s: on all interfaces at once, and on either side',
    async (transport) => {
      const made = await traffic.call(transport, SERVICE, 80, BYTES, { namespace: client });
      // Headers of IP and UDP take 28 bytes, those of TCP 40 to 80.
      const isCounted = ({ bytes, packets }: Flow) =>
        bytes.sent! >= BYTES + 28 * packets.sent! && bytes.received! >= BYTES + 28 * packets.received!;
      for (const name of ['any', TO_CLIENT, TO_SERVER]) {
        const flow = await waitFor(
          `the conversation on ${name}`,
          async () => {
            const { flows } = await collector.flows({ interface: name, filter: `clientport:${made.port}` });
            return flows.length === 1 && isCounted(flows[0]!) && flows[0]!.translation !== null && flows[0];
          },
          20_000,
        );
        expect(flow).toMatchObject({
          client: { address: '10.79.11.2', port: made.port },
          server: { address: SERVICE, port: 80 },
          translation: { server: { address: '10.79.12.2', port: PORT } },
        });
        for (const direction of ['sent', 'received'] as const)
          expect(flow.bytes[direction]).toBeLessThanOrEqual(BYTES + 80 * flow.packets[direction]!);
        if (name !== 'any') continue;
        expect(flow.client.process!.pid).toBe(made.pid);
        expect(flow.server.process).toMatchObject({ name: 'traffic' });
      }
    },
  );
});
