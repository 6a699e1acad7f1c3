/** Containers in the live page, told by an agent that this test is: names that come late, hostile ones, all four lists. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Container,
  type ConversationEvent,
  containerOfId,
  type EventEndpoint,
  type Process,
} from '@packetless/model';
import { EventPublisher, parseEndpoints } from '@packetless/wire';
import type { Page } from 'playwright-core';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { Collector } from '../harness/packetless.js';
import { HERE } from '../harness/root.js';
import { waitFor } from '../harness/wait.js';

/** Kept after the run: how the page looked. */
const SCREENSHOTS = join(HERE, 'build/screenshots/');
const PHONE = { width: 390, height: 844 };

const HOSTILE = `<img src=x onerror="document.title='taken'">\u001b[2J\u202egnp.${'x'.repeat(65_536)}`;
const BARE: Container = {
  ...containerOfId('275d71585e03'.padEnd(64, '0')),
  runtime: 'containerd',
  podUid: 'u-1',
};
const NAMED: Container = {
  ...BARE,
  name: 'dnsmasq',
  image: 'registry.example/dns/dnsmasq:2.90',
  pod: 'kube-dns-6bfbdd666c-jjt75',
  namespace: 'kube-system',
  workload: 'Deployment/kube-dns',
  labels: { 'k8s-app': 'kube-dns' },
};
const EVIL: Container = {
  ...containerOfId('e'.repeat(64)),
  name: HOSTILE,
  image: HOSTILE,
  pod: HOSTILE,
  namespace: HOSTILE,
  workload: HOSTILE,
  labels: { '<b>bold</b>': HOSTILE },
};

describe('containers in the live page', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let browser: Browser;
  let publisher: EventPublisher;
  let page: Page;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    collector = await Collector.start(cleanup);
    const endpoint = `tcp://127.0.0.1:${collector.zmqPort}c`;
    publisher = new EventPublisher({ endpoints: parseEndpoints(endpoint, 'agent'), sourceId: 3 });
    await publisher.start();
    cleanup.add(() => publisher.close(0));
    publisher.publish(conversation(1, { process: process('dnsmasq'), container: BARE }));
    publisher.publish(conversation(2, { process: process('sh'), container: { ...EVIL, labels: {} } }));
    const proxy = process('docker-proxy', 'forwards port 8080 to 172.17.0.2:80 (docker-proxy)');
    publisher.publish(conversation(3, { process: proxy }));
    await waitFor('the flows', async () => (await collector.flows()).total === 3);
    browser = await Browser.start(cleanup);
    page = await browser.open(`${collector.page}containers`);
  });
  afterAll(() => cleanup.run());

  const row = (text: string) => page.getByTestId('container-row').filter({ hasText: text });

  test('a name that is learnt late comes into the row that is there', async () => {
    await row('275d71585e03').waitFor();
    learn(NAMED, EVIL);
    await row('dnsmasq').filter({ hasText: 'kube-dns-6bfbdd666c-jjt75' }).waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}containers.png` });
  });

  test.each([
    ['pods', 'kube-dns-6bfbdd666c-jjt75'],
    ['namespaces', 'kube-system'],
    ['workloads', 'Deployment/kube-dns'],
  ])('the switch leads to %s', async (kind, name) => {
    await page.getByTestId(`kind-${kind}`).click();
    await row(name).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/${kind}`);
  });

  test('a row opens what is known of it, and leads to its flows', async () => {
    await page.getByTestId('kind-containers').click();
    await page.getByTestId('filter-input').fill('label.k8s-app:kube-dns');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="container-row"]').length === 1);
    await row('dnsmasq').click();
    const details = page.getByTestId('container-details');
    for (const text of [NAMED.image!, 'Deployment/kube-dns', 'k8s-app=kube-dns', NAMED.id]) {
      await details.getByText(text).first().waitFor();
    }
    await page.screenshot({ path: `${SCREENSHOTS}container-details.png` });
    await details.getByText('See its flows').click();
    await page.getByTestId('flow-row').filter({ hasText: 'dnsmasq' }).waitFor();
    expect(await page.getByTestId('flow-row').count()).toBe(1);
    await page.getByTestId('flow-row').click();
    const flow = page.getByTestId('flow-details');
    for (const text of [NAMED.image!, 'kube-system', 'k8s-app=kube-dns'])
      await flow.getByText(text).first().waitFor();
  });

  test('what a process does for containers is said in words', async () => {
    await page.goto(`${collector.page}flows?filter=docker-proxy`);
    await page.getByTestId('flow-row').click();
    await page.getByTestId('flow-details').getByText('forwards port 8080 to 172.17.0.2:80').first().waitFor();
  });

  test('hostile names and labels are text, in every list and in details', async () => {
    for (const kind of ['containers', 'pods', 'namespaces', 'workloads']) {
      await page.goto(`${collector.page}${kind}?filter=onerror`);
      await row('<img').click();
      await page.getByTestId('container-details').getByText('<img').first().waitFor();
      await expectInert();
    }
    await page.goto(`${collector.page}flows?filter=onerror`);
    await page.getByTestId('flow-row').click();
    await page.getByTestId('flow-details').getByText('<b>bold</b>').first().waitFor();
    await expectInert();
    expect(browser.complaints).toEqual([]);
  });

  async function expectInert(): Promise<void> {
    const found = await page.evaluate(() => ({
      title: document.title,
      elements: document.querySelectorAll('main img, main b b, [onerror]').length,
      text: document.body.textContent,
      overflow: document.documentElement.scrollWidth > innerWidth,
    }));
    expect(found).toMatchObject({
      title: expect.not.stringContaining('taken'),
      elements: 0,
      overflow: false,
    });
    for (const character of ['\u001b', '\u202e']) expect(found.text).not.toContain(character);
  }

  test('fits a telephone, and opens there', async () => {
    await page.setViewportSize(PHONE);
    for (const kind of ['containers', 'pods', 'namespaces', 'workloads']) {
      await page.goto(`${collector.page}${kind}`);
      await page.getByTestId('container-row').first().waitFor();
      await expectInert();
    }
    await page.screenshot({ path: `${SCREENSHOTS}containers-phone.png` });
    await row('kube-dns').click();
    await page.getByTestId('container-details').getByText('See its flows').waitFor();
  });

  function learn(...containers: Container[]): void {
    publisher.publish({ type: 'containers', time: Date.now(), agent: 'a1', containers });
  }
});

function process(name: string, role: string | null = null): Process {
  return {
    pid: 80,
    tid: 80,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name,
    exe: `/usr/sbin/${name}`,
    cmdline: name,
    script: null,
    exeDeleted: false,
    role,
    parent: null,
    evidence: 'kernel',
  };
}

/** A connection that somebody opened and the agent saw. */
function conversation(port: number, client: Partial<EventEndpoint>): ConversationEvent {
  const end = { process: null, container: null, tcp: null };
  return {
    type: 'flow',
    name: 'CONNECT',
    time: Date.now(),
    protocol: 6,
    client: { ...end, address: '10.1.1.1', port, ...client },
    server: { ...end, address: '10.1.1.2', port: 443 },
    side: 'client',
    oriented: true,
    interfaceName: 'eth0',
    exporter: '192.168.2.131',
    agent: 'a1',
    location: 'deadbeef/1',
    socket: port,
    handshake: null,
    translated: null,
    state: 'ESTABLISHED',
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
  };
}
