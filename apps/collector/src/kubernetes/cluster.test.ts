import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Container, containerOfId } from '@packetless/model';
import {
  JOBS,
  KubernetesDouble,
  owner,
  PODS,
  pod,
  REPLICA_SETS,
  SERVICES,
  service,
} from '../../test/kubernetes-double.js';
import { waitFor } from '../../test/wait.js';
import { ContainerRegistry } from '../containers/container-registry.js';
import { createLog } from '../log.js';
import { Cluster } from './cluster.js';

const A = { kind: 'agent', name: 'host-a', id: 'a' } as const;
const DEPLOYMENT = { kind: 'Deployment', name: 'web', uid: 'uid-web' };
const REPLICA_SET = { kind: 'ReplicaSet', name: 'web-7d4b', uid: 'uid-web-7d4b' };

describe('what an API server knows', () => {
  let server: KubernetesDouble;
  let cluster: Cluster;
  let containers: ContainerRegistry;
  let log: string[];

  beforeEach(async () => {
    server = await KubernetesDouble.start();
    containers = new ContainerRegistry();
    log = [];
    cluster = new Cluster({
      api: { url: server.url, tokenFile: null, caFile: null },
      log: createLog('info', (line) => log.push(line)),
      onContainers: (concerned) => containers.refresh(concerned),
      timing: { backOff: { firstMs: 20, longestMs: 100 }, watchSeconds: 60, answerMs: 5000, pageMs: 5000 },
    });
    containers.enrichWith((told) => cluster.enrich(told));
  });
  afterEach(async () => {
    await cluster.close();
    await server.close();
  });

  /** A container as its agent tells it. */
  function tell(id: string, more: Partial<Container>): () => Container {
    const container = containers.refer(A, { ...containerOfId(id), ...more });
    return () => container.description;
  }

  test('completes containers that agents told of: labels, and what keeps the pod running', async () => {
    const web = tell('c1', { name: 'web', podUid: 'uid-web-1' });
    server.put(PODS, pod('web-1', { labels: { app: 'shop' }, owner: REPLICA_SET }));
    server.put(REPLICA_SETS, owner('ReplicaSet', 'web-7d4b', DEPLOYMENT));
    cluster.start();
    await waitFor('the workload', () => web().workload === 'Deployment/web');
    expect(web()).toMatchObject({
      name: 'web',
      pod: 'web-1',
      namespace: 'default',
      workload: 'Deployment/web',
      labels: { app: 'shop' },
    });
    expect(tell('c2', { podUid: 'uid-web-1' })().workload).toBe('Deployment/web');
    server.put(PODS, pod('web-1', { labels: { app: 'other' }, owner: REPLICA_SET }));
    await waitFor('the new label', () => web().labels.app === 'other');
    server.delete(PODS, 'uid-web-1');
    await waitFor('the pod to go', () => web().workload === null);
    expect(web().name).toBe('web');
  });

  test('names containers whose runtime nobody may ask', async () => {
    const id = 'f'.repeat(64);
    const web = tell(id, { podUid: 'uid-web-1' });
    const pause = tell('pause', { podUid: 'uid-web-1', isSandbox: true });
    server.put(PODS, pod('web-1', { container: [id, 'nginx'] }));
    cluster.start();
    await waitFor('the name', () => web().name === 'nginx');
    expect(web()).toMatchObject({ image: 'nginx:1', pod: 'web-1' });
    expect(pause()).toMatchObject({ name: null, image: null, pod: 'web-1' });
  });

  test('what is deployed with the collector lets it ask for what it asks, and no more', async () => {
    const manifest = readFileSync(
      fileURLToPath(new URL('../../../../deploy/kubernetes/collector.yaml', import.meta.url)),
      'utf8',
    );
    const role = manifest.split(/^---$/m).find((part) => /^kind: ClusterRole$/m.test(part))!;
    const allowed = [
      ...role.matchAll(/apiGroups: \["(.*)"\]\n\s+resources: \[(.*)\]\n\s+verbs: \[(.*)\]/g),
    ].flatMap(([, group, resources, verbs]) =>
      resources!.split(', ').map((each) => `${group}/${each.replaceAll('"', '')} ${verbs}`),
    );
    cluster.start();
    await waitFor('all four watches', () => new Set(server.accepted.map(({ path }) => path)).size === 4);
    const asked = new Set(server.accepted.map(({ path }) => path));
    const needed = [...asked].map((path) => {
      const [, group = '', resource] = /^\/(?:api|apis\/([^/]+))\/[^/]+\/(\w+)$/.exec(path)!;
      return `${group}/${resource} "get", "list", "watch"`;
    });
    expect(allowed.sort()).toEqual(needed.sort());
  });

  test('a label of the container itself stands', async () => {
    const web = tell('c1', { podUid: 'uid-web-1', labels: { app: 'own' } });
    server.put(PODS, pod('web-1', { labels: { app: 'pod', tier: 'front' } }));
    cluster.start();
    await waitFor('the label', () => web().labels.tier === 'front');
    expect(web().labels).toEqual({ app: 'own', tier: 'front' });
  });

  test.each([
    ['a job of a CronJob', { kind: 'Job', name: 'backup-1', uid: 'uid-backup-1' }, 'CronJob/backup'],
    ['a job of nobody', { kind: 'Job', name: 'once', uid: 'uid-once' }, 'Job/once'],
    ['a StatefulSet', { kind: 'StatefulSet', name: 'db', uid: 'uid-db' }, 'StatefulSet/db'],
    [
      'a replica set that is not known',
      { kind: 'ReplicaSet', name: 'x-1', uid: 'uid-x-1' },
      'ReplicaSet/x-1',
    ],
  ])('%s', async (_what, by, workload) => {
    const member = tell('c1', { podUid: 'uid-p' });
    server.put(PODS, pod('p', { owner: by }));
    server.put(JOBS, owner('Job', 'backup-1', { kind: 'CronJob', name: 'backup', uid: 'uid-backup' }));
    server.put(JOBS, owner('Job', 'once'));
    cluster.start();
    await waitFor('the workload', () => member().workload === workload);
  });

  test('an owner that becomes known later counts for pods that are there', async () => {
    const web = tell('c1', { podUid: 'uid-web-1' });
    server.put(PODS, pod('web-1', { owner: REPLICA_SET }));
    cluster.start();
    await waitFor('the replica set', () => web().workload === 'ReplicaSet/web-7d4b');
    server.put(REPLICA_SETS, owner('ReplicaSet', 'web-7d4b', DEPLOYMENT));
    await waitFor('the deployment', () => web().workload === 'Deployment/web');
  });

  test('a pod is known by its name where its uid is not told, and never mistaken for another of its name', async () => {
    const byName = tell('c1', { pod: 'db-0', namespace: 'default' });
    const former = tell('c2', { pod: 'db-0', namespace: 'default', podUid: 'uid-former' });
    server.put(PODS, pod('db-0', { uid: 'uid-now', labels: { app: 'db' } }));
    cluster.start();
    await waitFor('the label', () => byName().labels.app === 'db');
    expect(byName().podUid).toBe('uid-now');
    expect(former().labels).toEqual({});
  });

  test('services are known by their own addresses and by those of the pods that they choose', async () => {
    server.put(SERVICES, service('dns', { clusterIP: '10.96.0.10', selector: { app: 'dns' } }));
    server.put(SERVICES, service('headless', { selector: { app: 'dns', tier: 'x' } }));
    server.put(SERVICES, service('all', { clusterIP: '10.96.0.11' }));
    server.put(PODS, pod('dns-1', { labels: { app: 'dns' }, ip: '10.1.0.1' }));
    server.put(PODS, pod('dns-2', { labels: { app: 'dns', tier: 'x' }, ip: '10.1.0.2' }));
    server.put(PODS, pod('host', { labels: { app: 'dns' }, ip: '192.168.1.1', hostNetwork: true }));
    server.put(PODS, pod('other', { labels: { app: 'dns' }, ip: '10.1.0.3', namespace: 'other' }));
    cluster.start();
    await waitFor('the services', () => cluster.servicesAt('10.1.0.2').length === 2);
    expect(cluster.servicesAt('10.96.0.10')).toEqual(['default/dns']);
    expect(cluster.servicesAt('10.96.0.11')).toEqual(['default/all']);
    expect(cluster.servicesAt('10.1.0.1')).toEqual(['default/dns']);
    expect(cluster.servicesAt('10.1.0.2')).toEqual(['default/dns', 'default/headless']);
    for (const address of ['192.168.1.1', '10.1.0.3', 'None', '']) {
      expect(cluster.servicesAt(address)).toEqual([]);
    }
    const { revision } = cluster;
    server.delete(PODS, 'uid-dns-1');
    await waitFor('the address to be free', () => cluster.servicesAt('10.1.0.1').length === 0);
    expect(cluster.revision).toBeGreaterThan(revision);
  });

  test('what it may not see is told once, with what to do, and the rest is there', async () => {
    server.forbidden.add(JOBS);
    const web = tell('c1', { podUid: 'uid-web-1' });
    server.put(PODS, pod('web-1', { labels: { app: 'shop' } }));
    cluster.start();
    await waitFor('the label', () => web().labels.app === 'shop');
    await waitFor('the problem', () => cluster.problems.length === 1);
    for (let second = 0; second < 3; second++) cluster.tell();
    expect(log).toHaveLength(1);
    expect(log[0]).toMatch(/warn .*list and watch jobs: .*ClusterRole of deploy\/kubernetes/);
    server.forbidden.clear();
    await waitFor('no problem', () => cluster.problems.length === 0);
    cluster.tell();
    expect(log[1]).toContain('answers again');
  });

  test('only names and owners are asked for where nothing else is wanted', async () => {
    const seen: string[] = [];
    server.put(REPLICA_SETS, owner('ReplicaSet', 'web-7d4b', DEPLOYMENT));
    cluster.start();
    await waitFor('all four watches', () =>
      [PODS, SERVICES, REPLICA_SETS, JOBS].every((path) => server.watching(path) === 1),
    );
    for (const { metadataOnly, path } of server.accepted) if (metadataOnly) seen.push(path);
    expect(new Set(seen)).toEqual(new Set([REPLICA_SETS, JOBS]));
  });
});
