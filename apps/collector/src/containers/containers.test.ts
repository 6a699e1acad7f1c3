/** Containers, from ZeroMQ to REST and the live page. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CONTAINER_GROUP_KINDS, createApi } from '@packetless/live';
import type { Container, ContainersEvent, Flow } from '@packetless/model';
import { containerOfId } from '@packetless/model';
import { EventPublisher, parseEndpoints } from '@packetless/wire';
import { ownEvents } from '../../test/events.js';
import { LivePeer } from '../../test/live-peer.js';
import { RunningCollector } from '../../test/running-collector.js';
import { waitFor } from '../../test/wait.js';

const FIXTURES = new URL('../../../../packages/wire/fixtures/', import.meta.url);
const ID = '275d71585e03'.padEnd(64, '0');

const BARE: Container = { ...containerOfId(ID), runtime: 'containerd', podUid: 'u-1' };
const NAMED: Container = {
  ...BARE,
  name: 'dnsmasq',
  image: 'registry.example/dns/dnsmasq:2.90',
  pod: 'kube-dns-6bfbdd666c-jjt75',
  namespace: 'kube-system',
  workload: 'Deployment/kube-dns',
  labels: { 'k8s-app': 'kube-dns' },
};

describe('containers', () => {
  let running: RunningCollector;
  beforeEach(async () => {
    running = await RunningCollector.start();
  });
  afterEach(() => running.stop());

  /** A publisher of an agent's own events. */
  async function withAgent(work: (publisher: EventPublisher) => Promise<void>): Promise<void> {
    const publisher = new EventPublisher({
      endpoints: parseEndpoints(`${running.collector.listening[0]!.address}c`, 'agent'),
      sourceId: 3,
    });
    await publisher.start();
    try {
      await work(publisher);
    } finally {
      await publisher.close(0);
    }
  }

  async function flowsOf(filter: string): Promise<readonly Flow[]> {
    return (await running.flows({ filter })).flows;
  }

  test('that get their names late have them in all that is there already, and live', async () => {
    await withAgent(async (publisher) => {
      const [accept, sockets, counters] = ownEvents();
      publisher.publish({ ...accept, server: { ...accept.server, container: BARE } });
      publisher.publish({
        ...sockets,
        sockets: sockets.sockets.map((each) => ({ ...each, container: BARE })),
      });
      publisher.publish({ ...counters, container: BARE });
      await waitFor('all three', async () => (await running.counters()).total === 1);
      expect((await flowsOf('')).map(({ server }) => server.container)).toEqual([BARE]);
      const peer = await LivePeer.open(running.port);
      peer.subscribe('flows', { kind: 'flows', query: {} });
      peer.subscribe('named', { kind: 'flows', query: { filter: 'label.k8s-app:kube-dns' } });
      peer.subscribe('listening', { kind: 'listening', query: {} });
      peer.subscribe('counters', { kind: 'counters', query: {} });
      expect(await peer.first('snapshot', 'named')).toMatchObject({ total: 0 });
      await peer.first('snapshot', 'counters');

      const learnt: ContainersEvent = {
        type: 'containers',
        time: Date.now(),
        agent: 'a1',
        containers: [NAMED],
      };
      publisher.publish(learnt);
      expect((await peer.first('delta', 'flows')).content.rows).toMatchObject([
        { server: { container: NAMED } },
      ]);
      expect(await peer.first('delta', 'named')).toMatchObject({ total: 1 });
      expect((await peer.first('delta', 'listening')).content.rows).toMatchObject([{ container: NAMED }]);
      expect((await peer.first('delta', 'counters')).content.rows).toMatchObject([{ container: NAMED }]);
      peer.socket.terminate();

      for (const filter of ['pod:kube-dns*', 'image:dnsmasq', 'workload:kube-dns', 'label.k8s-app:*']) {
        expect((await flowsOf(filter)).map(({ server }) => server.container)).toEqual([NAMED]);
        expect((await running.listening({ filter })).listening.map(({ container }) => container)).toEqual([
          NAMED,
        ]);
      }
      expect((await running.counters()).counters[0]!.container).toEqual(NAMED);
      expect((await running.interface()).ledgers.find(({ hop }) => hop === 'containers')).toMatchObject({
        seen: 1,
        delivered: 1,
      });
    });
  });

  test('what they do is told over REST and live, by container, pod, namespace and workload', async () => {
    await withAgent(async (publisher) => {
      const [accept] = ownEvents();
      publisher.publish({ ...accept, server: { ...accept.server, container: NAMED } });
      publisher.publish({ type: 'containers', time: Date.now(), agent: 'a1', containers: [NAMED] });
      await waitFor('its labels', async () => (await flowsOf('label.k8s-app:*'))[0]);
      const api = createApi(running.url);
      const answers = [
        (await api.containers({ filter: 'label.k8s-app:*' })).containers,
        (await api.pods({ sort: '-bytes', limit: 5 })).pods,
        (await api.namespaces()).namespaces,
        (await api.workloads({ filter: 'kube-dns' })).workloads,
      ];
      const rows = answers.map(([row]) => row);
      expect(rows.map((row) => [row?.name, row?.flows.asServer])).toEqual([
        ['dnsmasq', 1],
        ['kube-dns-6bfbdd666c-jjt75', 1],
        ['kube-system', 1],
        ['Deployment/kube-dns', 1],
      ]);
      expect(rows[0]).toMatchObject({ containerId: ID, images: [NAMED.image], hosts: [{ id: 'a1' }] });
      expect((await api.containers({ filter: 'label.k8s-app:*', offset: 1 })).containers).toEqual([]);
      await expect(api.pods({ filter: 'pod:' })).rejects.toMatchObject({ status: 400, code: 'bad_filter' });
      expect((await running.get('api/v1/containers?sort=colour')).status).toBe(400);
      expect((await running.get('api/v1/pods?interface=eth9')).status).toBe(400);
      const peer = await LivePeer.open(running.port);
      for (const [index, kind] of CONTAINER_GROUP_KINDS.entries()) {
        peer.subscribe(kind, { kind, query: { filter: 'kube-dns' } });
        const snapshot = await peer.first('snapshot', kind);
        expect(snapshot).toMatchObject({ total: 1, content: { kind, rows: [rows[index]!] } });
      }
      const again = { ...accept.client, port: 40_001 };
      publisher.publish({
        ...accept,
        client: again,
        socket: 901,
        server: { ...accept.server, container: NAMED },
      });
      const delta = await peer.first('delta', 'workloads');
      expect(delta.content.rows).toMatchObject([{ id: rows[3]!.id, flows: { asServer: 2 } }]);
      peer.socket.terminate();
    });
  });

  test.each([
    ['20_docker_top.json', { runtime: 'docker', pod: null }],
    ['21_docker_nested.json', { runtime: 'docker', pod: null }],
    ['22_k8s_netstat.json', { namespace: 'kube-system' }],
  ])('told by others, %s', async (fixture, expected) => {
    const sender = await running.sender();
    await sender.send('flow', readFileSync(fileURLToPath(new URL(fixture, FIXTURES)), 'utf8'));
    const flow = await waitFor('the flow', async () => (await flowsOf('container:*'))[0]);
    const container = flow.client.container ?? flow.server.container!;
    expect(container).toMatchObject({ ...expected, id: expect.any(String), name: expect.any(String) });
    expect((await flowsOf(`container:"${container.name}"`)).map(({ id }) => id)).toEqual([flow.id]);
  });

  test('with hostile names and labels are kept within bounds, as text', async () => {
    const sender = await running.sender();
    const evil = `<img src=x onerror=alert(1)>\u001b[31m\u202e${'x'.repeat(65_536)}`;
    const labels = Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`${n}<b>`, n < 3 ? evil : 'x']),
    );
    const shared = { X_AGENT: 'a1', X_LOCATION: 'deadbeef/1' };
    const container = {
      ID: evil,
      DOCKER: { NAME: evil },
      IMAGE: evil,
      LABELS: { ...labels, ok: '\u0000', ['__proto__']: 'x', 'app/<b>': evil },
    };
    await sender.send('container', { agent: 'a1', containers: [container, { ID: 7 }, 'x', null, {}] });
    await sender.send('flow', {
      timestamp: `${Date.now() / 1000}`,
      TCP_EVENT_TYPE: 'CONNECT',
      IP_PROTOCOL_VERSION: 4,
      PROTOCOL: 6,
      IPV4_LOCAL_ADDR: '10.1.1.1',
      L4_LOCAL_PORT: 4000,
      IPV4_REMOTE_ADDR: '10.1.1.2',
      L4_REMOTE_PORT: 443,
      LOCAL_CONTAINER: { ID: evil },
      ...shared,
    });
    const flow = await waitFor('the flow', async () => (await flowsOf(''))[0]);
    const told = flow.client.container!;
    expect(told.name).toHaveLength(256);
    expect(Object.keys(told.labels).length).toBeLessThanOrEqual(32);
    for (const text of [told.id, told.image!, ...Object.values(told.labels)]) {
      expect(text.length).toBeLessThanOrEqual(512);
    }
    const answer = await running.get('api/v1/flows');
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect((await running.health()).status).toBe('degraded');
  });
});
