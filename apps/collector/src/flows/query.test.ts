import { describe, expect, jest, test } from '@jest/globals';
import { FLOW_SORT_FIELDS, type FlowSort } from '@packetless/live';
import {
  type ConversationEvent,
  compileEventFilter,
  FilterError,
  type Observation,
  type Process,
  parseFilter,
} from '@packetless/model';
import fc from 'fast-check';
import { observed, T0 } from '../observation.sample.js';
import { FirstRows } from './first-rows.js';
import { FlowTable } from './flow-table.js';
import { compileQuery, runQuery } from './query.js';
import { compareKeys, type SortKey } from './sort-key.js';

function process(name: string, pid: number, user: string): Process {
  const parent = {
    pid: 1,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: 'systemd',
    exe: null,
    cmdline: null,
  };
  const cmdline = `${name} --from Tests`;
  const ids = { uid: 1000 + pid, gid: 100, group: 'users', tid: pid, script: null, exeDeleted: null };
  return { pid, user, name, exe: `/usr/bin/${name}`, cmdline, parent, evidence: 'kernel', ...ids };
}

const health = {
  rttVarMs: 1,
  outOfOrder: 0,
  lost: 0,
  unacknowledged: 0,
  congestionWindow: null,
  deliveryRate: null,
};
const base = observed({
  witness: { kind: 'agent', name: 'db-1', id: 'a' },
  server: { address: '192.168.2.5' },
  side: 'client',
  interfaceName: 'eth0',
  state: 'ESTABLISHED',
});
const counters = {
  kind: 'absolute',
  bytesSent: 2_000_000,
  bytesReceived: 500,
  packetsSent: 900,
  packetsReceived: 700,
} as const;

/** Flows by name: what each test asks for. */
const given: { readonly [name: string]: Observation } = {
  curl: {
    ...base,
    client: {
      ...base.client,
      process: { ...process('curl', 4711, 'alice'), script: '/opt/jobs/Sync.py' },
      tcp: { ...health, rttMs: 80, retransmits: 2, congestionWindow: 10, deliveryRate: 20e6 },
    },
    connectLatencyMs: 1500,
    counters,
    additional: {
      HTTP_HOST: 'not.example.net',
      TLS_SERVER: 'WWW.example.org',
      APPLICATION: 'TLS.Netflix',
      CATEGORY: 'Streaming',
    },
  },
  dns: {
    ...base,
    witness: { kind: 'agent', name: 'kube-2', id: 'b' },
    time: T0 + 1,
    protocol: 17,
    state: null,
    side: 'server',
    interfaceName: 'cbr0',
    client: { ...base.client, address: '192.168.2.7', port: 5353 },
    server: {
      ...base.server,
      port: 53,
      process: { ...process('dnsmasq', 107, 'www-data'), exeDeleted: true },
      container: {
        id: `275d71585e03${'0'.repeat(52)}`,
        name: 'dnsmasq',
        runtime: 'docker',
        image: 'registry.example:5000/dns/Dnsmasq:2.90',
        pod: 'kube-dns-6bfb-jjt75',
        podUid: null,
        namespace: 'kube-system',
        workload: 'Deployment/kube-dns',
        isSandbox: false,
        labels: { 'k8s-app': 'kube-dns', 'app.kubernetes.io/Name': 'DNS' },
      },
    },
    counters: { ...counters, bytesSent: 40, bytesReceived: 80, packetsSent: null, packetsReceived: null },
  },
  refused: {
    ...base,
    time: T0 + 2,
    client: { ...base.client, address: '2001:db8::1', port: 50000 },
    server: { ...base.server, address: 'fd00::2', port: 80 },
    failure: 'refused',
    reason: 'reset here: tcp abort on close',
    began: true,
    ended: true,
  },
};

function tableOf(names: readonly string[], interfaceName: string): FlowTable {
  const table = new FlowTable({
    interfaceName,
    capacity: 1000,
    isLocal: (bytes, offset) => bytes[offset + 12] === 192,
    aliasOf: (bytes, offset) => (bytes[offset + 12] === 192 ? 'office' : null),
    idleMs: 60_000,
    endedMs: 10_000,
    now: () => T0,
  });
  for (const name of names) table.apply(given[name]!);
  return table;
}

const tables = [tableOf(['curl', 'dns'], 'tcp://*:1234c'), tableOf(['refused'], 'lo')];
const portNames: { readonly [port: number]: string } = { 40000: 'curl', 5353: 'dns', 50000: 'refused' };

/** What the collector was told when it made that observation. */
function eventOf({ witness, began, ended, ...observed }: Observation): ConversationEvent {
  const name = began && ended ? 'CONNECT_FAILED' : observed.protocol === 17 ? 'RECV' : 'CONNECT';
  return { ...observed, type: 'flow', name, agent: witness.id, exporter: null };
}

function names(
  filter: string,
  more: { interface?: string; sort?: FlowSort; limit?: number; offset?: number } = {},
) {
  const query = compileQuery({ filter, sort: 'firstSeen', limit: 100, offset: 0, ...more });
  const { total, rows } = runQuery(tables, query);
  return { total, names: rows.map((row) => portNames[row.toFlow().client.port]!) };
}

/** Filters with the names of what they choose. */
const CHOICES: readonly [string, string[]][] = [
  ['', ['curl', 'dns', 'refused']],
  ['process:curl', ['curl']],
  ['process:CURL', ['curl']],
  ['process:cur', []],
  ['process:*', ['curl', 'dns']],
  ['process!=curl', ['dns', 'refused']],
  ['exe:/usr/bin/*', ['curl', 'dns']],
  ['cmdline:"from tests"', ['curl', 'dns']],
  ['script:sync.py', ['curl']],
  ['script:/opt/*', ['curl']],
  ['script:opt', []],
  ['pid:4711', ['curl']],
  ['pid!=4711', ['dns', 'refused']],
  ['user:alice', ['curl']],
  ['user:1107', ['dns']],
  ['parent:systemd', ['curl', 'dns']],
  ['host:192.168.0.0/16', ['curl', 'dns']],
  ['client:192.168.0.0/16', ['dns']],
  ['server:fd00::/8', ['refused']],
  ['host!=10.0.0.1', ['dns', 'refused']],
  ['port:53', ['dns']],
  ['port:40000', ['curl']],
  ['port>50', ['curl', 'dns', 'refused']],
  ['clientport>=40000', ['curl', 'refused']],
  ['serverport<443', ['dns', 'refused']],
  ['vlan:12', []],
  ['vlan!=12', ['curl', 'dns', 'refused']],
  ['proto:udp', ['dns']],
  ['proto:6', ['curl', 'refused']],
  ['protocol:udp', ['dns']],
  ['state:FAILED', ['refused']],
  ['state:active', ['dns']],
  ['interface:lo', ['refused']],
  ['interface:tcp://*', ['curl', 'dns']],
  ['if:cbr*', ['dns']],
  ['bytes>1MB', ['curl']],
  ['bytes<=120', ['dns']],
  ['sent:40', ['dns']],
  ['received!=80', ['curl', 'refused']],
  ['packets>=1600', ['curl']],
  ['packets<1M', ['curl']],
  ['rtt>50ms', ['curl']],
  ['rtt<50ms', []],
  ['latency>1s', ['curl']],
  ['retransmits>0', ['curl']],
  ['rate>10MB', ['curl']],
  ['rate<10MB', []],
  ['window>=10', ['curl']],
  ['reason:*abort*', ['refused']],
  ['reason!=timeout', ['curl', 'dns', 'refused']],
  ['duration<2s', ['curl', 'dns', 'refused']],
  ['container:dnsmasq', ['dns']],
  ['container:275d71585e03', ['dns']],
  ['pod:kube-dns*', ['dns']],
  ['namespace:kube-system', ['dns']],
  ['workload:kube-dns', ['dns']],
  ['workload:deployment/*', ['dns']],
  ['image:dnsmasq', ['dns']],
  ['image:*/dns/dnsmasq:2*', ['dns']],
  ['image:dns', []],
  ['label.k8s-app:kube-*', ['dns']],
  ['label.app.kubernetes.io/name:dns', ['dns']],
  ['label.k8s-app!=kube-dns', ['curl', 'refused']],
  ['label.*:dns', ['dns']],
  ['label.app:*', []],
  ['registry.example', ['dns']],
  ['witness:kube-*', ['dns']],
  ['failed', ['refused']],
  ['closed', ['refused']],
  ['reset', ['refused']],
  ['deleted', ['dns']],
  ['local', ['dns']],
  ['remote', ['curl', 'refused']],
  ['direction:local-local', ['dns']],
  ['direction:remote-local', ['curl']],
  ['direction:*-remote', ['refused']],
  ['direction:*', ['curl', 'dns', 'refused']],
  ['servername:*.example.org', ['curl']],
  ['servername!=www.*', ['dns', 'refused']],
  ['www.example', ['curl']],
  ['application:tls.*', ['curl']],
  ['application:TLS', []],
  ['application!=*.netflix', ['dns', 'refused']],
  ['category:streaming', ['curl']],
  ['category!=web', ['curl', 'dns', 'refused']],
  ['netflix', ['curl']],
  ['network:office', ['curl', 'dns']],
  ['network!=off*', ['refused']],
  ['url', ['curl']],
  ['alice', ['curl']],
  ['/usr/bin/dnsmasq', ['dns']],
  ['jjt75', ['dns']],
  ['jobs', ['curl']],
  ['systemd', ['curl', 'dns']],
  ['443', ['curl']],
  ['10.0.0.1', ['curl']],
  ['192.168.', ['curl', 'dns']],
  ['2.5', []],
  ['fd00::', ['refused']],
  ['192.168.2.5:53', ['dns']],
  ['[fd00::2]:80', ['refused']],
  ['[fd00::2]:81', []],
  ['10.0.0.0/8', ['curl']],
  ['process:curl or failed', ['curl', 'refused']],
  ['not (process:curl or failed)', ['dns']],
  ['proto:tcp not closed', ['curl']],
];

describe('a filter chooses', () => {
  test.each(CHOICES)('%s', (filter, expected) => {
    expect(names(filter)).toEqual({ total: expected.length, names: expected });
  });

  /** Only stored flows are on an interface of the collector. */
  const ofEvents = CHOICES.filter(
    ([filter]) =>
      !/interface:|network|server.*example|servername|www|application|category|netflix|^$/.test(filter),
  );
  test.each(ofEvents)('%s, the same of events', (filter, expected) => {
    const { conversation } = compileEventFilter(parseFilter(filter)!, {
      isLocal: (bytes) => bytes[12] === 192,
      witnessName: (agent) => (agent === 'b' ? 'kube-2' : 'db-1'),
      durationOf: () => 0,
    });
    const chosen = Object.entries(given).filter(([, observation]) => conversation(eventOf(observation)));
    expect(chosen.map(([name]) => name)).toEqual(expected);
  });

  test('an interface', () => {
    expect(names('', { interface: 'lo' }).names).toEqual(['refused']);
    expect(names('', { interface: 'eth7' })).toEqual({ total: 0, names: [] });
  });

  test('and a wrong one says where it is wrong', () => {
    expect(() => names('port:x')).toThrow(FilterError);
  });
});

describe('an order', () => {
  test.each<[FlowSort, string[]]>([
    ['firstSeen', ['curl', 'dns', 'refused']],
    ['-lastSeen', ['refused', 'dns', 'curl']],
    ['client', ['curl', 'dns', 'refused']],
    ['-client', ['refused', 'dns', 'curl']],
    ['server', ['dns', 'curl', 'refused']],
    ['process', ['curl', 'dns', 'refused']],
    ['-process', ['dns', 'curl', 'refused']],
    ['user', ['curl', 'dns', 'refused']],
    ['-protocol', ['dns', 'curl', 'refused']],
    ['state', ['dns', 'curl', 'refused']],
    ['bytes', ['dns', 'curl', 'refused']],
    ['-bytes', ['curl', 'dns', 'refused']],
    ['-rtt', ['curl', 'dns', 'refused']],
    ['latency', ['curl', 'dns', 'refused']],
    ['-rate', ['curl', 'dns', 'refused']],
    ['window', ['curl', 'dns', 'refused']],
  ])('%s, what is not known last', (sort, expected) => {
    expect(names('', { sort }).names).toEqual(expected);
  });

  test('by any field is a whole one', () => {
    for (const field of FLOW_SORT_FIELDS) {
      for (const sort of [field, `-${field}`] as const) expect(names('', { sort }).names).toHaveLength(3);
    }
  });

  test('is cut to a window, and the total is of all', () => {
    expect(names('', { limit: 1, offset: 1 })).toEqual({ total: 3, names: ['dns'] });
    expect(names('', { limit: 0 })).toEqual({ total: 3, names: [] });
    expect(names('', { offset: 3 })).toEqual({ total: 3, names: [] });
  });
});

test('a filter that takes too long is given up, and says so', () => {
  let clock = 0;
  const now = jest.spyOn(performance, 'now').mockImplementation(() => {
    clock += 3000;
    return clock;
  });
  try {
    expect(() => names('process:curl')).toThrow(FilterError);
    expect(() => names('process:curl')).toThrow('takes too long over 3 flows');
    expect(names('').total).toBe(3);
  } finally {
    now.mockRestore();
  }
});

test('the first rows are those of a sorted list', () => {
  const key = fc.oneof(fc.constant(null), fc.integer({ min: -3, max: 3 }), fc.constantFrom('a', 'b'));
  fc.assert(
    fc.property(
      fc.array(key),
      fc.nat(20),
      fc.constantFrom(1 as const, -1 as const),
      (keys, limit, direction) => {
        const first = new FirstRows(limit, direction);
        for (const [slot, key] of keys.entries()) first.offer(key as SortKey, 0, slot);
        const all = keys.map((key, slot) => ({ key: key as SortKey, table: 0, slot }));
        all.sort((a, b) => compareKeys(a.key, b.key, direction) || a.slot - b.slot);
        expect(first.sorted()).toEqual(all.slice(0, limit));
      },
    ),
  );
});
