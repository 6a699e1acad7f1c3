/** The directory and what speaks docker's API, at its best and at its worst. */
import { chmodSync, chownSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Container } from '@packetless/model';
import { ID, OUTER } from '../cgroup/cases.sample.js';
import type { SocketState } from '../runtime/status.js';
import { EngineDouble, inspected } from '../testing/engine-double.js';
import { temporaryFolder } from '../testing/folder.js';
import { until } from '../testing/wait.js';
import { ContainerDirectory, type ContainerDirectoryOptions } from './directory.js';

const PATH = `/docker/${ID}`;
const INSPECT = `/containers/${ID}/json`;

let folder: ReturnType<typeof temporaryFolder>;
let socket: string;
let docker: EngineDouble;
let learnt: Container[];
const closing: (() => void | Promise<void>)[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  socket = join(folder.path, 'docker.sock');
  docker = new EngineDouble(socket);
  learnt = [];
});

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await docker.stop();
  folder.remove();
});

function directoryWith(options: ContainerDirectoryOptions = {}): ContainerDirectory {
  const directory = new ContainerDirectory({
    sockets: { docker: [socket], cri: [], podman: [] },
    onLearnt: (container) => learnt.push(container),
    ...options,
  });
  closing.push(() => directory.close());
  directory.start();
  return directory;
}

const stateOf = (directory: ContainerDirectory): SocketState => directory.status()[0]!.state;
const isSettled = (directory: ContainerDirectory) =>
  directory.ledger.inFlight === 0 && directory.ledger.seen > 0;

describe('an engine', () => {
  test('names a container; until then its id is known', async () => {
    docker.container(ID, 'web', { 'com.docker.compose.project': 'shop' });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    expect(directory.containerOf(7)).toMatchObject({ id: ID, runtime: 'docker', name: null });
    await until('the name', () => learnt.length > 0);
    expect(learnt).toEqual([
      {
        id: ID,
        name: 'web',
        runtime: 'docker',
        image: 'shop:1',
        pod: null,
        podUid: null,
        namespace: null,
        workload: null,
        isSandbox: false,
        labels: { 'com.docker.compose.project': 'shop' },
      },
    ]);
    expect(directory.containerOf(7)).toBe(learnt[0]);
    expect(directory.ledger.snapshot()).toMatchObject({ seen: 1, delivered: 1, dropped: {}, inFlight: 0 });
    expect(directory.status()).toEqual([
      {
        socket,
        kind: 'docker',
        state: 'answers',
        runtime: 'docker',
        version: '20.10.24',
        problem: null,
        remedy: null,
      },
    ]);
  });

  test('is asked again when it does not know the container yet', async () => {
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the first questions', () => docker.asked.filter((path) => path === INSPECT).length >= 2);
    docker.container(ID, 'late');
    await until('the name', () => directory.containerOf(7)?.name === 'late');
  });

  test('is asked at once when it tells of a container that it did not know yet', async () => {
    await docker.start();
    const directory = directoryWith();
    await until('a watcher', () => docker.watchers === 1);
    directory.cgroupMade(7, PATH);
    const questions = () => docker.asked.filter((path) => path === INSPECT).length;
    await until('the last but one question', () => questions() === 6);
    docker.container(ID, 'late');
    docker.event('start', ID);
    await until('the name', () => directory.containerOf(7)?.name === 'late');
    expect(directory.ledger.snapshot()).toMatchObject({ seen: 1, delivered: 1 });
  });

  test('that does not know it is left in peace, until somebody wants to know again or it tells by itself', async () => {
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the end of the questions', () => isSettled(directory));
    expect(directory.ledger.snapshot().dropped).toEqual({ 'not known to its runtime': 1 });
    const asked = docker.asked.length;
    for (let count = 0; count < 100; count++) directory.containerOf(7);
    expect(docker.asked).toHaveLength(asked);
    docker.container(ID, 'late');
    docker.event('start', ID);
    await until('the name', () => directory.containerOf(7)?.name === 'late');
  });

  test('whose container ended before it was asked', async () => {
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    directory.cgroupRemoved(7);
    await until('the end of the questions', () => isSettled(directory));
    expect(directory.ledger.snapshot().dropped).toEqual({ 'gone first': 1 });
    expect(directory.containerOf(7)?.id).toBe(ID);
  });

  test('tells of a container before its cgroup is made: it is named from the first moment', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    await until('a watcher', () => docker.watchers === 1);
    docker.event('create', ID);
    await until('the name', () => directory.ledger.delivered === 1);
    expect(directory.all()).toEqual([]);
    expect(learnt).toEqual([]);
    directory.cgroupMade(7, PATH);
    expect(directory.containerOf(7)?.name).toBe('web');
  });

  test('has removed a container before it was asked: it is what was told of it', async () => {
    await docker.start();
    const directory = directoryWith();
    await until('a watcher', () => docker.watchers === 1);
    directory.cgroupMade(7, PATH);
    docker.event('create', ID, { name: 'brief', image: 'shop:1', tier: 'front' });
    await until('the end of the questions', () => isSettled(directory));
    expect(directory.containerOf(7)).toMatchObject({
      id: ID,
      name: 'brief',
      runtime: 'docker',
      image: 'shop:1',
      labels: { tier: 'front' },
    });
    expect(directory.ledger.snapshot()).toMatchObject({ delivered: 1, dropped: {}, inFlight: 0 });
  });

  test('knows better than its news', async () => {
    docker.container(ID, 'web', { tier: 'front' });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the name and a watcher', () => learnt.length > 0 && docker.watchers === 1);
    docker.event('rename', ID, { name: 'other' });
    await until('the end of the questions', () => directory.ledger.seen === 2 && isSettled(directory));
    expect(learnt.map(({ name }) => name)).toEqual(['web']);
  });

  test('renames a container', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the name and a watcher', () => learnt.length > 0 && docker.watchers === 1);
    docker.event('start', ID);
    docker.container(ID, 'shop');
    docker.event('rename', ID);
    await until('the new name', () => directory.containerOf(7)?.name === 'shop');
    // What did not change was not told.
    expect(learnt.map(({ name }) => name)).toEqual(['web', 'shop']);
  });

  test('renames a container while it is being asked for it', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the name and a watcher', () => learnt.length > 0 && docker.watchers === 1);
    let answer = () => {};
    docker.on(INSPECT, (_request, response) => {
      answer = () => response.end(JSON.stringify(inspected(ID, 'second')));
    });
    const asked = docker.asked.length;
    docker.event('rename', ID);
    await until('the question', () => docker.asked.length > asked);
    docker.event('rename', ID);
    // It is heard while the answer is under way.
    docker.container(OUTER, 'other');
    docker.event('start', OUTER);
    await until('that question', () => docker.asked.includes(`/containers/${OUTER}/json`));
    docker.container(ID, 'third');
    answer();
    await until('the last name', () => directory.containerOf(7)?.name === 'third');
    expect(directory.ledger.inFlight).toBe(0);
  });

  test('under Kubernetes: the names are the pod’s', async () => {
    const labels = {
      'io.kubernetes.container.name': 'dnsmasq',
      'io.kubernetes.pod.name': 'kube-dns-6bfbdd666c-jjt75',
      'io.kubernetes.pod.namespace': 'kube-system',
      'io.kubernetes.pod.uid': '1c2d3e4f-0000-4000-8000-000000000001',
      'io.kubernetes.docker.type': 'container',
    };
    docker.container(ID, 'k8s_dnsmasq_kube-dns-6bfbdd666c-jjt75_kube-system_1c2d_0', labels);
    docker.container(OUTER, 'k8s_POD_kube-dns-6bfbdd666c-jjt75_kube-system_1c2d_0', {
      ...labels,
      'io.kubernetes.container.name': 'POD',
      'io.kubernetes.docker.type': 'podsandbox',
    });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    directory.cgroupMade(8, `/docker/${OUTER}`);
    await until('both', () => learnt.length === 2);
    const pod = {
      pod: 'kube-dns-6bfbdd666c-jjt75',
      namespace: 'kube-system',
      podUid: labels['io.kubernetes.pod.uid'],
    };
    expect(directory.containerOf(7)).toMatchObject({ ...pod, name: 'dnsmasq', isSandbox: false });
    expect(directory.containerOf(8)).toMatchObject({ ...pod, name: null, isSandbox: true });
  });

  test('that is podman knows pods, also at docker’s place', async () => {
    docker.json('/version', {
      Version: '4.3.1',
      ApiVersion: '1.41',
      Components: [{ Name: 'Podman Engine', Version: '4.3.1', Details: { APIVersion: '4.3.1' } }],
    });
    docker.json(`/v4.3.1/libpod/containers/${ID}/json`, {
      Id: ID,
      Name: 'web',
      ImageName: 'localhost/shop:1',
      Pod: OUTER,
      IsInfra: false,
      Config: { Labels: { tier: 'front' } },
    });
    docker.json(`/v4.3.1/libpod/pods/${OUTER}/json`, { Id: OUTER, Name: 'shop' });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, `/machine.slice/libpod-${ID}.scope`);
    await until('the name', () => learnt.length > 0);
    expect(directory.containerOf(7)).toMatchObject({
      name: 'web',
      runtime: 'podman',
      image: 'localhost/shop:1',
      pod: 'shop',
      labels: { tier: 'front' },
    });
  });

  test('asked by two names of one socket is asked once', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith({ sockets: { docker: [socket], cri: [], podman: [socket] } });
    await until('both', () => directory.status().every(({ state }) => state === 'answers'));
    directory.cgroupMade(7, `/any/${ID}`);
    await until('the name', () => learnt.length > 0);
    expect(docker.asked.filter((path) => path === INSPECT)).toHaveLength(1);
  });
});

describe('an engine that comes and goes', () => {
  test('is found when it starts, and names what was there before', async () => {
    docker.container(ID, 'web');
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the end of the questions', () => isSettled(directory));
    expect(stateOf(directory)).toBe('absent');
    expect(directory.ledger.snapshot().dropped).toEqual({ 'no runtime answers': 1 });
    await docker.start();
    await until('the name', () => directory.containerOf(7)?.name === 'web');
    expect(stateOf(directory)).toBe('answers');
  });

  test('is found again after a restart: what was known stays, what was missed is caught up', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the name and a watcher', () => learnt.length > 0 && docker.watchers === 1);
    await docker.stop();
    await until('its end to be seen', () => stateOf(directory) !== 'answers');
    expect(directory.containerOf(7)?.name).toBe('web');
    directory.cgroupMade(8, `/docker/${OUTER}`);
    expect(directory.containerOf(8)?.id).toBe(OUTER);
    docker.container(ID, 'renamed-meanwhile');
    docker.container(OUTER, 'made-meanwhile');
    await docker.start();
    await until('the names', () => directory.containerOf(8)?.name === 'made-meanwhile');
    await until('the new name', () => directory.containerOf(7)?.name === 'renamed-meanwhile');
    await until('a watcher', () => docker.watchers === 1);
  });

  test('dies in the middle of an answer', async () => {
    docker.on(INSPECT, (_request, response) => {
      response.write('{"Id":');
      setImmediate(() => response.destroy());
    });
    docker.container(OUTER, 'other');
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('a question', () => docker.asked.includes(INSPECT));
    docker.container(ID, 'web');
    await until('the name', () => directory.containerOf(7)?.name === 'web');
  });

  test('that left its socket behind', async () => {
    // A child's socket stays when the child is killed; here the file is made by hand.
    await docker.start();
    const file = socket;
    await docker.stop();
    writeFileSync(file, '');
    const directory = directoryWith();
    await until('its state', () => stateOf(directory) === 'refused');
    expect(directory.status()[0]!.remedy).toContain('whether docker runs');
  });
});

describe('what is no engine, or a hostile one', () => {
  const CASES: readonly (readonly [what: string, prepare: () => void])[] = [
    ['no JSON', () => docker.on(INSPECT, (_request, response) => response.end('<html>'))],
    ['another container', () => docker.json(INSPECT, inspected(OUTER, 'web'))],
    ['a list', () => docker.json(INSPECT, [inspected(ID, 'web')])],
    ['null', () => docker.json(INSPECT, null)],
    ['an error', () => docker.on(INSPECT, (_request, response) => response.writeHead(500).end('{}'))],
    [
      'a redirect',
      () => docker.on(INSPECT, (_request, response) => response.writeHead(302, { Location: '/x' }).end()),
    ],
    [
      'a body without end',
      () =>
        docker.on(INSPECT, (_request, response) => {
          const more = () => {
            while (response.writable && response.write(' '.repeat(65_536)));
          };
          response.on('drain', more);
          more();
        }),
    ],
    [
      'headers without end',
      () =>
        docker.on(INSPECT, (request) => {
          request.socket.write(`HTTP/1.1 200 OK\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(1000)}`);
        }),
    ],
    [
      'an upgrade',
      () =>
        docker.on(INSPECT, (request) =>
          request.socket.write('HTTP/1.1 101 X\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
        ),
    ],
    ['no HTTP', () => docker.on(INSPECT, (request) => request.socket.end('SSH-2.0-OpenSSH\r\n'))],
  ];

  test.each(CASES)(
    '%s: the id stays, nothing else is believed, and the next container is named',
    async (_what, prepare) => {
      prepare();
      docker.container(OUTER, 'other');
      await docker.start();
      const directory = directoryWith();
      await until('a state', () => stateOf(directory) === 'answers');
      directory.cgroupMade(7, PATH);
      await until('a question', () => docker.asked.includes(INSPECT));
      directory.cgroupMade(8, `/docker/${OUTER}`);
      await until('the other', () => directory.containerOf(8)?.name === 'other');
      await until('the end of the questions', () => isSettled(directory));
      expect(directory.containerOf(7)).toMatchObject({ id: ID, name: null, image: null, labels: {} });
    },
  );

  test('wrong types, too much of everything, control characters and markup: cut, kept as text, or left out', async () => {
    const script = '<script>alert(1)</script>\x1b[31m\u0000\u202e';
    const labels: { [key: string]: unknown } = {
      number: 7,
      list: ['x'],
      ['k'.repeat(300)]: 'cut keys would be other keys',
      long: 'x'.repeat(65_536),
      emoji: `${'x'.repeat(255)}😀`,
      [script]: script,
    };
    for (let n = 0; n < 100; n++) labels[`label-${n}`] = String(n);
    docker.on(INSPECT, (_request, response) => {
      const answer = JSON.stringify({
        Id: ID,
        Name: `/${script}${'n'.repeat(65_536)}`,
        Config: { Image: { not: 'a text' }, Labels: labels },
      });
      response.end(answer.replace('"long"', '"__proto__":"polluted","long"'));
    });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('an answer', () => learnt.length > 0);
    const { name, image, labels: kept } = directory.containerOf(7)!;
    expect(name).toHaveLength(256);
    expect(name!.startsWith(script)).toBe(true);
    expect(image).toBeNull();
    expect(Object.keys(kept)).toHaveLength(32);
    expect(kept.long).toHaveLength(256);
    expect(kept.emoji).toBe('x'.repeat(255));
    expect(kept[script]).toBe(script);
    expect(Object.keys(kept)).not.toContain('number');
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
  });

  test('invalid UTF-8 is shown as such', async () => {
    docker.on(INSPECT, (_request, response) => {
      response.write(`{"Id":"${ID}","Name":"/a`);
      response.write(Buffer.from([0xff, 0xc0, 0xaf]));
      response.end('b"}');
    });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('an answer', () => learnt.length > 0);
    expect(directory.containerOf(7)?.name).toBe('a\ufffd\ufffd\ufffdb');
  });

  test('events that are none, or endless, do no harm', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    await until('a watcher', () => docker.watchers === 1);
    docker.tell('null\n[]\n{"Actor":7}\n{"Actor":{"ID":"../../etc"}}\n{"Actor":{"ID":7}}\nnot json\n\n');
    for (let count = 0; count < 128; count++) docker.tell(Buffer.alloc(65_536, 0x20));
    docker.tell('\n');
    docker.event('start', ID);
    await until('the name', () => directory.ledger.delivered === 1);
    expect(directory.all()).toEqual([]);
    expect(learnt).toEqual([]);
    expect(directory.ledger.seen).toBe(1);
  });

  test('silence: given up in time, left alone, and no other runtime waits for it', async () => {
    docker.on('/version', () => {});
    await docker.start();
    const other = await new EngineDouble(join(folder.path, 'other.sock')).start();
    closing.push(() => other.stop());
    other.container(ID, 'web');
    const directory = directoryWith({ sockets: { docker: [socket, other.socket], cri: [], podman: [] } });
    directory.cgroupMade(7, PATH);
    await until('the name', () => learnt.length > 0);
    expect(learnt[0]?.name).toBe('web');
    expect(stateOf(directory)).toBe('not asked');
    await until('its state', () => stateOf(directory) === 'silent');
    expect(directory.status()[0]!.remedy).toContain('docker');
  });

  test('a slow drip is given up in time, and the runtime is asked again', async () => {
    let isSlow = true;
    docker.on(INSPECT, (_request, response) => {
      if (!isSlow) {
        response.end(JSON.stringify(inspected(ID, 'web')));
        return;
      }
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('its state', () => stateOf(directory) === 'silent');
    expect(directory.containerOf(7)?.id).toBe(ID);
    isSlow = false;
    await until('the name', () => directory.containerOf(7)?.name === 'web');
  });

  test('a socket that speaks something else', async () => {
    const server = createServer((connection) =>
      connection
        .on('error', () => {})
        .resume()
        .end('220 mail.example ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    closing.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const directory = directoryWith();
    await until('its state', () => stateOf(directory) === 'not understood');
    expect(directory.status()[0]).toMatchObject({ runtime: null, problem: expect.any(String) });
  });

  test('another program that speaks HTTP', async () => {
    docker.json('/version', { name: 'something else' });
    await docker.start();
    const directory = directoryWith();
    await until('its state', () => stateOf(directory) === 'not understood');
  });

  test('a runtime without events still names containers', async () => {
    docker.on('/events', (_request, response) => response.writeHead(403).end());
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    directory.cgroupMade(7, PATH);
    await until('the name', () => directory.containerOf(7)?.name === 'web');
    expect(stateOf(directory)).toBe('answers');
  });
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;

describe('whose socket it is', () => {
  const OF_USER = `/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${ID}.scope`;

  test('the host’s runtime is not asked for what a user calls a container', async () => {
    docker.container(ID, 'web');
    await docker.start();
    const directory = directoryWith();
    await until('a state', () => stateOf(directory) === 'answers');
    directory.cgroupMade(7, OF_USER);
    await until('the end of the questions', () => isSettled(directory));
    expect(directory.containerOf(7)).toMatchObject({ id: ID, name: null });
    expect(docker.asked).not.toContain(INSPECT);
  });

  asRoot('a user’s runtime is asked for that user’s containers', async () => {
    docker.container(ID, 'web');
    await docker.start();
    chownSync(socket, 1000, 1000);
    const directory = directoryWith();
    directory.cgroupMade(7, OF_USER);
    directory.cgroupMade(8, OF_USER.replaceAll('1000', '1001').replace(ID, OUTER));
    await until('the name', () => directory.containerOf(7)?.name === 'web');
    expect(docker.asked).not.toContain(`/containers/${OUTER}/json`);
  });

  asRoot('one that we may not open is named, with the remedy', async () => {
    await docker.start();
    chmodSync(folder.path, 0o755);
    chmodSync(socket, 0o600);
    process.seteuid!(65_534);
    closing.push(() => process.seteuid!(0));
    const directory = directoryWith();
    await until('its state', () => stateOf(directory) === 'denied');
    expect(directory.status()[0]!.remedy).toContain('group docker');
  });
});
