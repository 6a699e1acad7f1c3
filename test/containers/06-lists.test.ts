/** What containers, pods and namespaces do, summed up: real runtimes, a real agent, a real collector, its page. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createApi } from '@packetless/live';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { HERE } from '../harness/root.js';
import { waitFor } from '../harness/wait.js';
import { describeWithRuntimes } from './requirements.js';
import { callOf, SERVE, SOON_MS, Stage } from './stage.js';

/** Kept after the run: how the page looked. */
const SCREENSHOTS = join(HERE, 'build/screenshots/');
const CALLS = 3;
const BYTES = 5000;

describeWithRuntimes('what containers do is summed up', () => {
  const cleanup = new Cleanup();
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.start(cleanup, ['docker', 'containerd']);
  });
  afterAll(() => cleanup.run());

  const api = () => createApi(stage.collector.page);

  test('by container: each end counts every flow once, and no byte twice', async () => {
    const { docker } = stage.host;
    await docker.command('network', 'create', 'shop');
    const options = ['--network', 'shop'];
    await docker.start({ name: 'web', command: SERVE, labels: { tier: 'front' }, options });
    await docker.start({ name: 'caller', command: ['sleep', '3600'], options });
    const address = await docker.address('web');
    for (let call = 0; call < CALLS; call++) {
      const made = ['traffic', 'call', 'tcp', address, '80', String(BYTES)];
      await stage.named(address, callOf(await docker.command('exec', 'caller', ...made)));
    }
    const row = async (filter: string) => (await api().containers({ filter })).containers[0];
    const sum = CALLS * BYTES;
    const web = await waitFor(
      'all of it',
      async () => {
        const found = await row('label.tier:front');
        return found?.bytes.total === 2 * sum && found;
      },
      SOON_MS,
    );
    expect(web).toMatchObject({
      name: 'web',
      runtimes: ['docker'],
      flows: { total: CALLS, asServer: CALLS, asClient: 0 },
      bytes: { sent: sum, received: sum },
      failed: 0,
    });
    expect(await row('container:caller')).toMatchObject({
      flows: { total: CALLS, asClient: CALLS, asServer: 0 },
      bytes: { sent: sum, received: sum, total: 2 * sum },
      rttMs: { asClient: expect.any(Number), asServer: null },
    });
  });

  test('by pod and namespace: what stays inside is there once', async () => {
    const { containerd } = stage.host;
    const server = await containerd.runPod({
      name: 'web-1',
      namespace: 'lists',
      containers: [{ name: 'web', command: SERVE }],
    });
    const client = await containerd.runPod({
      name: 'client-1',
      namespace: 'lists',
      containers: [{ name: 'shell', command: ['sleep', '3600'] }],
    });
    const call = ['traffic', 'call', 'tcp', server.address, '80', String(BYTES)];
    const { stdout } = await client.exec('shell', call);
    await stage.named(server.address, callOf(stdout));
    const both = await waitFor(
      'the namespace',
      async () => {
        const { namespaces } = await api().namespaces({ filter: 'namespace:lists' });
        return namespaces[0]?.bytes.total === 2 * BYTES && namespaces[0];
      },
      SOON_MS,
    );
    expect(both).toMatchObject({
      name: 'lists',
      pods: 2,
      containers: 2,
      flows: { total: 1, asClient: 1, asServer: 1 },
      bytes: { sent: 2 * BYTES, received: 2 * BYTES },
    });
    const { pods } = await api().pods({ filter: 'namespace:lists' });
    expect(pods.map(({ name, podUid, flows }) => [name, podUid, flows.total])).toEqual([
      ['client-1', client.uid, 1],
      ['web-1', server.uid, 1],
    ]);
  });

  test('and shown so', async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${stage.collector.page}containers`);
    for (const name of ['caller', 'web', 'shell']) {
      await page.getByTestId('container-row').filter({ hasText: name }).first().waitFor();
    }
    await page.screenshot({ path: `${SCREENSHOTS}containers-of-runtimes.png` });
    await page.getByTestId('kind-pods').click();
    await page.getByTestId('container-row').filter({ hasText: 'web-1' }).waitFor();
    expect(browser.complaints).toEqual([]);
  });
});
