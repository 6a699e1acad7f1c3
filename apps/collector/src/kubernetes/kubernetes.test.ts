/** What the API server knows, in flows, filters, lists and health of a whole collector. */
import { expect, test } from '@jest/globals';
import { connectEvent } from '../../test/events.js';
import {
  KubernetesDouble,
  owner,
  PODS,
  pod,
  REPLICA_SETS,
  SERVICES,
  service,
} from '../../test/kubernetes-double.js';
import { RunningCollector } from '../../test/running-collector.js';
import { waitFor } from '../../test/wait.js';

const TIMING = { backOff: { firstMs: 20, longestMs: 100 }, watchSeconds: 60, answerMs: 5000, pageMs: 5000 };

test('flows have services and labels, are found by them, and a server that refuses is told and does no harm', async () => {
  const server = await KubernetesDouble.start();
  server.forbidden.add(PODS);
  server.put(SERVICES, service('web', { clusterIP: '10.1.1.2', selector: { app: 'web' } }));
  const running = await RunningCollector.start({
    kubernetes: { url: server.url, tokenFile: null, caFile: null },
    kubernetesTiming: TIMING,
  });
  try {
    const sender = await running.sender();
    const K8S = { NAME: 'curl', POD: 'curl-1', NS: 'default' };
    await sender.send('flow', connectEvent(4000, { LOCAL_CONTAINER: { ID: 'c1', K8S } }));
    const found = async (filter: string) => (await running.flows({ filter })).flows;
    const flow = await waitFor('the service', async () => (await found('service:web'))[0]);
    expect(flow.server.service).toBe('default/web');
    expect(flow.client).toMatchObject({ service: null, container: { workload: null } });
    expect(await found('service:default/*')).toHaveLength(1);
    expect(await found('service:other')).toEqual([]);
    expect((await running.health()).problems).toEqual([
      expect.stringContaining('does not allow to list and watch pods'),
    ]);

    server.put(
      PODS,
      pod('curl-1', {
        labels: { app: 'curl' },
        owner: { kind: 'ReplicaSet', name: 'curl-7', uid: 'uid-curl-7' },
      }),
    );
    server.put(REPLICA_SETS, owner('ReplicaSet', 'curl-7', { kind: 'Deployment', name: 'curl', uid: 'u' }));
    server.forbidden.clear();
    await waitFor('the label', async () => (await found('label.app:curl workload:curl'))[0]);
    await waitFor('health', async () => (await running.health()).status === 'ok');
    const workloads = await (await running.get('api/v1/workloads')).json();
    expect(workloads).toMatchObject({
      total: 1,
      workloads: [{ name: 'Deployment/curl', flows: { asClient: 1 } }],
    });
  } finally {
    await running.stop();
    await server.close();
  }
});

test('a collector starts and works where no API server is, and says so', async () => {
  const server = await KubernetesDouble.start();
  await server.close();
  const running = await RunningCollector.start({
    kubernetes: { url: server.url, tokenFile: '/nowhere/token', caFile: null },
    kubernetesTiming: TIMING,
  });
  try {
    const sender = await running.sender();
    await sender.send('flow', connectEvent(4000));
    await waitFor('the flow', async () => (await running.flows()).total === 1);
    const { problems } = await waitFor('the problem', async () => {
      const health = await running.health();
      return health.problems.length === 1 && health;
    });
    expect(problems[0]).toMatch(/cannot be asked: .*nowhere/);
    await waitFor('the log', () => running.log.some((line) => line.includes('cannot be asked: ')));
  } finally {
    await running.stop();
  }
});
