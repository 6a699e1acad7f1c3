import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KubernetesDouble, PODS, pod } from '../../test/kubernetes-double.js';
import { waitFor } from '../../test/wait.js';
import { ApiServer, type ApiServerOptions } from './api-server.js';
import { Collection } from './collection.js';
import { type Pod, readPod } from './objects.js';

const TIMING = { backOff: { firstMs: 20, longestMs: 100 }, watchSeconds: 60, answerMs: 5000, pageMs: 5000 };

describe('a collection of an API server', () => {
  let server: KubernetesDouble;
  let pods: Collection<Pod>;
  let changed: string[];
  let directory: string;

  beforeEach(async () => {
    server = await KubernetesDouble.start();
    directory = mkdtempSync(join(tmpdir(), 'packetless-collection-'));
  });
  afterEach(async () => {
    await pods.close();
    await server.close();
    rmSync(directory, { recursive: true });
  });

  function open(
    more: Partial<ApiServerOptions> & {
      capacity?: number;
      watchSeconds?: number;
      answerMs?: number;
      pageMs?: number;
    } = {},
  ): void {
    const { capacity = 1000, watchSeconds = 60, answerMs = 5000, pageMs = 5000, ...access } = more;
    changed = [];
    const timing = { ...TIMING, watchSeconds, answerMs, pageMs };
    pods = new Collection({
      api: new ApiServer({ url: server.url, tokenFile: null, caFile: null, ...access }, timing.answerMs),
      name: 'pods',
      path: PODS,
      metadataOnly: false,
      read: readPod,
      capacity,
      onChange: ({ name }) => changed.push(name),
      timing,
    });
    pods.start();
  }

  const names = () => [...pods.all()].map(({ name }) => name).sort();
  const has = (...expected: string[]) =>
    waitFor(expected.join(', '), () => names().join() === expected.join()).catch(() =>
      expect(names()).toEqual(expected),
    );
  const watched = () => waitFor('the watch', () => server.watching(PODS) === 1);

  test('is listed in pages, and then follows what comes, changes and goes', async () => {
    for (let index = 0; index < 700; index++) server.put(PODS, pod(`p${index}`));
    open();
    await waitFor('all', () => pods.size === 700);
    expect(server.asked(/limit=/)).toBe(3);
    await watched();
    changed.length = 0;
    server.put(PODS, pod('new', { labels: { app: 'web' } }));
    server.put(PODS, pod('p0', { labels: { app: 'db' } }));
    server.delete(PODS, 'uid-p1');
    await waitFor('the changes', () => changed.length === 3);
    expect(changed).toEqual(['new', 'p0', 'p1']);
    expect(pods.get('uid-new')?.labels).toEqual({ app: 'web' });
    expect(pods.get('uid-p0')?.labels).toEqual({ app: 'db' });
    expect(pods.get('uid-p1')).toBeNull();
    expect(pods.problem).toBeNull();
  });

  test.each(['in order', 'broken'] as const)(
    'goes on from where it was when a watch ends, %s, without asking for everything again',
    async (how) => {
      server.put(PODS, pod('a'));
      open();
      await watched();
      server.endWatches(how);
      server.put(PODS, pod('b'));
      server.delete(PODS, 'uid-a');
      await has('b');
      expect(pods.lists).toBe(1);
    },
  );

  test('goes on from a bookmark, though all before it is forgotten', async () => {
    open();
    await watched();
    server.compact();
    server.bookmark(PODS);
    server.put(PODS, pod('a'));
    await has('a');
    server.endWatches('in order');
    server.put(PODS, pod('b'));
    await has('a', 'b');
    expect(pods.lists).toBe(1);
  });

  test.each([true, false])(
    'is listed again when what was known is too old (by status: %s); what went meanwhile is gone',
    async (goneByStatus) => {
      server.goneByStatus = goneByStatus;
      server.put(PODS, pod('a'));
      server.put(PODS, pod('b'));
      open();
      await watched();
      await server.stop();
      server.delete(PODS, 'uid-a');
      server.put(PODS, pod('c'));
      server.compact();
      changed.length = 0;
      await server.listen();
      await has('b', 'c');
      expect(pods.lists).toBeGreaterThan(1);
      expect([...changed].sort()).toEqual(['a', 'c']);
      await waitFor('no problem', () => pods.problem === null);
    },
  );

  test('a list that grows too old between two pages is begun anew', async () => {
    for (let index = 0; index < 300; index++) server.put(PODS, pod(`p${index}`));
    const original = server.requests.push.bind(server.requests);
    server.requests.push = (request: string) => {
      // Once, right before the second page.
      if (request.includes('continue=') && !server.requests.some((each) => each.includes('continue='))) {
        server.compact();
      }
      return original(request);
    };
    open();
    await waitFor('all', () => pods.size === 300);
    expect(pods.lists).toBe(2);
  });

  test('lines that are none break a watch, and nothing else', async () => {
    server.put(PODS, pod('a'));
    open();
    for (const line of ['{"type":"ADDED"', '[]', '{}', '{"type":"ADDED","object":{}}', 'null', '\u0000']) {
      await watched();
      const before = server.asked(/watch=true/);
      server.write(PODS, `${line}\n`);
      await waitFor('another watch', () => server.asked(/watch=true/) > before);
    }
    await watched();
    server.put(PODS, pod('b'));
    await has('a', 'b');
  });

  test('objects that are none are left out', async () => {
    server.put(PODS, { metadata: { uid: 'x' } } as never);
    server.put(PODS, { metadata: { uid: 'y', name: 7 } } as never);
    server.put(PODS, {
      ...pod('a'),
      spec: null,
      status: 'x',
      metadata: { ...pod('a').metadata, labels: { n: 5 } },
    });
    open();
    await has('a');
    expect(pods.get('uid-a')).toMatchObject({ labels: {}, addresses: [] });
  });

  test('is bounded; what is left out is told', async () => {
    for (let index = 0; index < 20; index++) server.put(PODS, pod(`p${index}`));
    open({ capacity: 10 });
    await watched();
    server.put(PODS, pod('late'));
    await waitFor('the problem', () => pods.problem?.includes('11 pods are left out'));
    expect(pods.size).toBe(10);
  });

  test('a token that is not accepted is told, and read again when it was renewed', async () => {
    const tokenFile = join(directory, 'token');
    writeFileSync(tokenFile, 'old\n');
    server.token = 'new';
    server.put(PODS, pod('a'));
    open({ tokenFile });
    await waitFor('the problem', () => pods.problem?.includes('does not accept the token'));
    writeFileSync(tokenFile, 'new\n');
    await has('a');
    expect(pods.problem).toBeNull();
  });

  test('what may not be asked for is told with the remedy, and works once it may', async () => {
    server.put(PODS, pod('a'));
    server.forbidden.add(PODS);
    open();
    await waitFor('the problem', () => pods.problem?.includes('ClusterRole of deploy/kubernetes'));
    server.forbidden.clear();
    await has('a');
    expect(pods.problem).toBeNull();
  });

  test('a server that is not there, or does not answer, is told, and asked again, not without end', async () => {
    await server.stop();
    open({ answerMs: 200 });
    await waitFor('the problem', () => pods.problem?.includes('cannot be asked: '));
    server.silent = true;
    await server.listen();
    await waitFor('the other problem', () => pods.problem?.includes('it does not answer'));
    expect(server.requests.length).toBeLessThan(20);
    server.silent = false;
    server.put(PODS, pod('a'));
    await has('a');
  });

  test('a server that begins a list and does not come to its end is told', async () => {
    server.put(PODS, pod('a'));
    server.dripping = true;
    open({ pageMs: 300 });
    await waitFor('the problem', () => pods.problem?.includes('takes too long'));
    server.dripping = false;
    await has('a');
    expect(pods.problem).toBeNull();
  });

  test('a server that ends every watch at once is not asked without end', async () => {
    open({ watchSeconds: 0 });
    await waitFor('the problem', () => pods.problem?.includes('ends every watch at once'));
    const before = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(server.requests.length - before).toBeLessThan(30);
  });
});

describe('over TLS', () => {
  let server: KubernetesDouble;
  beforeEach(async () => {
    server = await KubernetesDouble.startSecure();
    server.put(PODS, pod('a'));
  });
  afterEach(() => server.close());

  async function listed(caFile: string | null): Promise<string> {
    const pods = new Collection({
      api: new ApiServer({ url: server.url, tokenFile: null, caFile }, 1000),
      name: 'pods',
      path: PODS,
      metadataOnly: false,
      read: readPod,
      capacity: 10,
      onChange: () => undefined,
      timing: TIMING,
    });
    pods.start();
    try {
      return await waitFor('an outcome', () => pods.problem ?? (pods.size === 1 && 'listed'));
    } finally {
      await pods.close();
    }
  }

  test('the server is known by the certificates that are given', async () => {
    expect(await listed(server.caFile)).toBe('listed');
  });

  test('a server that is not known is asked for nothing', async () => {
    expect(await listed(null)).toMatch(/cannot be asked: .*certificate/);
    expect(server.requests).toEqual([]);
  });
});
