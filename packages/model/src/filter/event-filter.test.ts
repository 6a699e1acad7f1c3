/** What a filter makes of conversations is tested beside the collector's table, in apps/collector/src/flows/query.test.ts. */
import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '../container.js';
import type { InterfaceCountersEvent, ListeningSocket } from '../event.js';
import type { Process } from '../process.js';
import { compileEventFilter, mentionedFields, parseFilter } from './index.js';

const surroundings = {
  isLocal: (bytes: Uint8Array) => bytes[12] === 10,
  witnessName: (agent: string | null) => (agent === 'a' ? 'web-1' : null),
  durationOf: () => null,
};

const filter = (text: string) => compileEventFilter(parseFilter(text)!, surroundings);

const NGINX: Process = {
  pid: 812,
  tid: 812,
  uid: 0,
  user: 'root',
  gid: 0,
  group: 'root',
  name: 'nginx',
  script: null,
  exeDeleted: false,
  role: null,
  exe: '/usr/sbin/nginx',
  cmdline: 'nginx: master process',
  parent: null,
  evidence: 'kernel',
};

const SOCKET: ListeningSocket = {
  protocol: 6,
  address: '10.0.0.1',
  port: 443,
  process: NGINX,
  container: null,
  location: null,
  socket: 1,
  interfaceName: null,
  since: null,
  backlog: 0,
  backlogLimit: 128,
};

describe('a socket that listens is the server of what may come', () => {
  test.each([
    ['process:nginx', true],
    ['cmdline:master', true],
    ['port:443', true],
    ['serverport:443', true],
    ['clientport:443', false],
    ['server:10.0.0.0/8', true],
    ['client:10.0.0.0/8', false],
    ['host!=10.0.0.1', false],
    ['proto:tcp', true],
    ['state:LISTEN', true],
    ['failed or closed', false],
    ['local', true],
    ['remote', false],
    ['direction:*', false],
    ['network:*', false],
    ['witness:web-*', true],
    ['bytes>=0', false],
    ['nginx', true],
    ['10.0.0.1:443', true],
    ['10.0.', true],
    ['if:eth0', false],
  ])('%s: %s', (text, expected) => {
    expect(filter(text).listening(SOCKET, 'a')).toBe(expected);
  });

  test('that is not TCP has no state', () => {
    expect(filter('state:*').listening({ ...SOCKET, protocol: 17 }, 'a')).toBe(false);
  });
});

test('of a network interface its name is known and nothing else', () => {
  const event = { type: 'counters', name: 'eth0', agent: 'a' } as InterfaceCountersEvent;
  const chosen = [
    'if:eth*',
    'witness:web-1',
    'not process:curl',
    'process:*',
    'port:0',
    'failed',
    'remote',
    'direction:*',
    'eth0',
  ].filter((text) => filter(text).counters(event));
  expect(chosen).toEqual(['if:eth*', 'witness:web-1', 'not process:curl']);
});

test('of a network interface that leads to a container the container is known', () => {
  const container = { ...containerOfId('275d71585e03'), name: 'web', labels: { app: 'shop' } };
  const event = { type: 'counters', name: 'veth7', agent: 'a', container } as InterfaceCountersEvent;
  const asked = ['container:web', 'label.app:*', 'web', 'pod:*', 'host:0.0.0.0/0', '0.0', 'port>=0'];
  expect(asked.filter((text) => filter(text).counters(event))).toEqual([
    'container:web',
    'label.app:*',
    'web',
  ]);
});

test('a script is found by its name, as the program that runs it is', () => {
  const process = { ...NGINX, name: 'python3.11', script: '/srv/app.py' };
  const finds = (text: string) => filter(text).listening({ ...SOCKET, process }, null);
  expect(['process:python3*', 'process:app.py', 'process:/srv/app.py', 'app.py'].map(finds)).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

test('the fields that a filter asks for are told, once', () => {
  const fields = mentionedFields(parseFilter('curl (port:1 or not port:2) failed host:::1')!);
  expect([...fields].sort()).toEqual(['failed', 'host', 'port']);
});
