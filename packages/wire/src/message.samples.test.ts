/** Every sample of other programs, decoded exactly. */
import { describe, expect, test } from '@jest/globals';
import { containerOfId } from '@packetless/model';
import { decodeMessage } from './message.js';
import {
  conversation,
  decodeCapture,
  decodeFixture,
  decodeOnly,
  decodeText,
  header,
  health,
  only,
  parentTask,
  RECEIVED_AT,
  readFixture,
  task,
} from './testing/fixtures.js';

const EXPORTER = '192.168.2.131';
const TIME = 1795311000000.001;
const MEMORY = { 'LOCAL_PROCESS.VM_SIZE': 5000, 'LOCAL_PROCESS.VM_PEAK': 6000 };

/** The process that the agent samples differ in by pid and path only. */
function alice(pid: number, exe: string) {
  const name = exe.slice(exe.lastIndexOf('/') + 1);
  return task({ pid, uid: 1000, user: 'alice', gid: 100, group: 'users', name, exe });
}

/** What all agent samples of TCP have in common. */
const agentEvent = {
  time: TIME,
  exporter: EXPORTER,
  interfaceName: 'lo',
  oriented: true,
  additional: MEMORY,
};

describe('the sample event of the eBPF document', () => {
  const expected = conversation({
    name: 'CONNECT',
    time: 1557135868956.831,
    client: {
      address: '10.1.1.1',
      port: 58916,
      process: task({
        pid: 29730,
        tid: 0,
        uid: 0,
        user: 'root',
        gid: 0,
        group: 'root',
        name: 'kubelet',
        exe: '/snap/microk8s/522/kubelet',
        parent: parentTask({
          pid: 1,
          uid: 0,
          user: 'root',
          gid: 0,
          group: 'root',
          name: 'systemd',
          exe: '/lib/systemd/systemd',
        }),
      }),
    },
    server: { address: '10.1.1.13', port: 10054 },
    side: 'client',
    oriented: true,
    interfaceName: 'cbr0',
    exporter: EXPORTER,
    connectLatencyMs: 0.177,
    // The name of the user whose uid is the pid: shown, not believed.
    additional: { 'LOCAL_FATHER_PROCESS.UID_NAME': 'daemon' },
  });

  test.each(['v0', 'v1'] as const)('reads the same with header %s', (layout) => {
    expect(only(decodeFixture('00_ebpf_document.json', 'flow', layout))).toEqual(expected);
  });

  test('reads the same in the flat dialect, but for what that cannot say', () => {
    const process = { ...expected.client.process!, tid: null, gid: null, group: null };
    const parent = { ...process.parent!, gid: null, group: null };
    expect(only(decodeFixture('62_seed_flat.json'))).toEqual({
      ...expected,
      time: 1557135868000,
      client: { ...expected.client, process: { ...process, parent } },
      additional: null,
    });
  });
});

describe('ACCEPT', () => {
  test('with LOCAL names and the lower local port: the local end is the server', () => {
    expect(only(decodeFixture('10_accept_local.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'ACCEPT',
        client: { address: '10.2.0.9', port: 40001 },
        server: {
          address: '10.2.0.1',
          port: 80,
          process: {
            ...alice(101, '/usr/sbin/nginx'),
            parent: parentTask({
              pid: 1,
              uid: 0,
              user: 'root',
              gid: 100,
              group: 'users',
              name: 'init',
              exe: '/sbin/init',
            }),
          },
        },
        side: 'server',
        additional: {
          ...MEMORY,
          'LOCAL_FATHER_PROCESS.VM_SIZE': 5000,
          'LOCAL_FATHER_PROCESS.VM_PEAK': 6000,
        },
      }),
    );
  });

  test('with SRC and DST names: the destination is the server and has the process', () => {
    expect(only(decodeFixture('11_accept_srcdst.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'ACCEPT',
        client: { address: '10.2.1.9', port: 40002 },
        server: { address: '10.2.1.1', port: 80, process: alice(102, '/usr/sbin/nginx') },
        side: 'server',
      }),
    );
  });

  test('after CONNECT on loopback names the other side of the same conversation', () => {
    const [connect, accept] = readFixture('13_connect_then_accept.json').toString().trim().split('\n');
    const client = { address: '127.0.0.1', port: 40004 };
    const server = { address: '127.0.0.1', port: 6000 };
    expect(only(decodeText(connect!))).toEqual(
      conversation({
        ...agentEvent,
        name: 'CONNECT',
        client: { ...client, process: alice(104, '/usr/bin/xclient') },
        server,
        side: 'client',
      }),
    );
    expect(only(decodeText(accept!))).toEqual(
      conversation({
        ...agentEvent,
        name: 'ACCEPT',
        client,
        server: { ...server, process: alice(204, '/usr/bin/Xserver') },
        side: 'server',
      }),
    );
  });
});

describe('CONNECT', () => {
  test('keeps the processes of both ends', () => {
    expect(only(decodeFixture('12_connect_both.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'CONNECT',
        client: { address: '10.2.2.1', port: 40003, process: alice(103, '/usr/bin/curl') },
        server: { address: '10.2.2.2', port: 443, process: alice(203, '/usr/sbin/apache2') },
        side: 'client',
        additional: { ...MEMORY, 'REMOTE_PROCESS.VM_SIZE': 5000, 'REMOTE_PROCESS.VM_PEAK': 6000 },
      }),
    );
  });

  test.each([
    ['20_docker_top.json', 105, '172.17.0.2', 40005, 'cbd2540ec5be', 'sleepy_haibt'],
    ['21_docker_nested.json', 106, '172.17.0.3', 40006, 'aaaa540ec5be', 'nested_name'],
  ] as const)('reads the container of %s', (file, pid, address, port, id, name) => {
    expect(only(decodeFixture(file))).toEqual(
      conversation({
        ...agentEvent,
        name: 'CONNECT',
        client: {
          address,
          port,
          process: alice(pid, '/usr/bin/wget'),
          container: { ...containerOfId(id), name, runtime: 'docker' },
        },
        server: { address: '10.9.9.9', port: 80 },
        side: 'client',
        interfaceName: 'docker0',
      }),
    );
  });

  test('over IPv6', () => {
    expect(only(decodeFixture('32_ipv6.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'CONNECT',
        client: { address: '2001:db8::1', port: 40010, process: alice(110, '/usr/bin/ssh') },
        server: { address: '2001:db8::2', port: 22 },
        side: 'client',
        interfaceName: 'eth0',
      }),
    );
  });

  test('twice in one message is two events', () => {
    const event = (last: number) =>
      conversation({
        ...agentEvent,
        name: 'CONNECT',
        client: { address: `10.3.0.${last}`, port: 41000 + last, process: alice(300 + last, '/usr/bin/ssh') },
        server: { address: '10.3.0.99', port: 22 },
        side: 'client',
        interfaceName: 'eth0',
      });
    expect(decodeFixture('40_array.json')).toMatchObject({ events: [event(1), event(2)], rejected: [] });
  });
});

describe('netstat', () => {
  test.each([
    [
      '22_k8s_netstat.json',
      { rttMs: 1.25, rttVarMs: 0.5, unacknowledged: 1 },
      { bytesSent: 4000, bytesReceived: 1000, packetsSent: 12, packetsReceived: 10 },
    ],
    [
      '23_k8s_netstat_update.json',
      { rttMs: 2.5, rttVarMs: 0.75, unacknowledged: 0 },
      { bytesSent: 9000, bytesReceived: 1500, packetsSent: 22, packetsReceived: 20 },
    ],
  ])('%s has totals, health of the reporting side, and the pod', (file, known, totals) => {
    expect(only(decodeFixture(file))).toEqual(
      conversation({
        ...agentEvent,
        type: 'netstat',
        client: {
          address: '10.1.1.1',
          port: 40007,
          process: alice(107, '/usr/sbin/dnsmasq'),
          container: {
            ...containerOfId('275d71585e03'),
            name: 'dnsmasq',
            pod: 'kube-dns-6bfbdd666c-jjt75',
            namespace: 'kube-system',
          },
          tcp: health({ retransmits: 2, lost: 3, ...known }),
        },
        server: { address: '10.1.1.13', port: 53 },
        side: 'client',
        // No event says who began; the lower port is taken for the server's.
        oriented: false,
        interfaceName: 'cbr0',
        state: 'ESTABLISHED',
        counters: { kind: 'absolute', ...totals },
      }),
    );
  });

  test('of a listening socket is no conversation', () => {
    expect(decodeFixture('50_listen_flow.json')).toMatchObject({
      events: [],
      rejected: [],
      ignored: 'listening socket',
      ignoredCount: 1,
    });
  });
});

describe('UDP', () => {
  test('SEND: the sender is the client', () => {
    expect(only(decodeFixture('30_udp_send.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'SEND',
        protocol: 17,
        client: { address: EXPORTER, port: 40008, process: alice(108, '/usr/bin/dig') },
        server: { address: '8.8.8.8', port: 53 },
        side: 'client',
        oriented: false,
        interfaceName: 'eth0',
      }),
    );
  });

  test('RECV: the receiver is the server', () => {
    expect(only(decodeFixture('31_udp_recv.json'))).toEqual(
      conversation({
        ...agentEvent,
        name: 'RECV',
        protocol: 17,
        client: { address: '9.9.9.9', port: 40009 },
        server: { address: EXPORTER, port: 123, process: alice(109, '/usr/sbin/ntpd') },
        side: 'server',
        oriented: false,
        interfaceName: 'eth0',
      }),
    );
  });
});

describe('the flat dialect', () => {
  test('counts differences and names the process at its side', () => {
    expect(only(decodeFixture('60_new_keys.json'))).toEqual(
      conversation({
        time: 1795311005000,
        client: {
          address: EXPORTER,
          port: 40011,
          process: task({
            pid: 400,
            uid: 1000,
            user: 'alice',
            name: 'curl',
            exe: '/usr/bin/curl',
            cmdline: 'curl -s x',
            parent: parentTask({ pid: 399, name: 'bash', exe: '/bin/bash' }),
          }),
          container: containerOfId('deadbeef0001'),
        },
        server: { address: '1.2.3.4', port: 443 },
        side: 'client',
        counters: { kind: 'delta', bytesSent: 100, bytesReceived: 200, packetsSent: 1, packetsReceived: 2 },
        additional: { SRC_PROC_PKG_NAME: 'curl' },
      }),
    );
  });

  test('has both sides, and reads the same from JSON and from TLV', () => {
    const container = containerOfId;
    const event = (index: number) =>
      conversation({
        name: 'CONNECT',
        time: 1795312324000,
        client: {
          address: EXPORTER,
          port: 40100 + index,
          process: task({
            pid: 500 + index,
            uid: 1000,
            user: 'alice',
            name: 'curl',
            exe: '/usr/bin/curl',
            cmdline: 'curl -s https://x',
            parent: parentTask({ pid: 499, uid: 1000, user: 'alice', name: 'bash', exe: '/bin/bash' }),
          }),
          container: container('cbd2540ec5be'),
        },
        server: {
          address: '192.168.2.132',
          port: 443,
          process: task({
            pid: 600,
            uid: 33,
            user: 'www-data',
            name: 'nginx',
            exe: '/usr/sbin/nginx',
            parent: parentTask({ pid: 1, name: 'init', exe: '/sbin/init' }),
          }),
          container: container('275d71585e03'),
        },
        side: 'client',
        oriented: true,
        interfaceName: 'cbr0',
        exporter: EXPORTER,
        connectLatencyMs: 0.177,
        counters: {
          kind: 'delta',
          bytesSent: 1000,
          bytesReceived: 2000,
          packetsSent: 10,
          packetsReceived: 20,
        },
        additional: { CLIENT_TCP_FLAGS: 27, SERVER_TCP_FLAGS: 27 },
      });
    expect(decodeFixture('61_flat_both.json')).toMatchObject({ events: [event(0), event(1)], rejected: [] });
    expect(decodeFixture('61_flat_both.tlv')).toMatchObject({ events: [event(0), event(1)], rejected: [] });
  });
});

describe('other topics', () => {
  test.each(['template', 'option', 'hello', 'snmp-ifaces', 'message'])(
    '%s is known and counted apart',
    (topic) => {
      expect(decodeMessage([header(topic), Buffer.from('{}')], RECEIVED_AT)).toMatchObject({
        topic,
        events: [],
        rejected: [],
        ignored: topic,
        ignoredCount: 1,
      });
    },
  );

  const counters = {
    type: 'counters',
    time: RECEIVED_AT,
    agent: null,
    exporter: EXPORTER,
    location: null,
    namespace: null,
    ifType: 6,
    speedBps: 1000,
    duplex: 'full',
    adminUp: true,
    operUp: true,
    promiscuous: false,
    mtu: null,
    bytesReceived: 1000,
    packetsReceived: 10,
    errorsReceived: 0,
    dropsReceived: null,
    bytesSent: 2000,
    packetsSent: 20,
    errorsSent: 0,
    dropsSent: null,
  };
  const container = containerOfId('');

  test('counter is the totals of an interface, of a docker container', () => {
    expect(decodeFixture('70_counter_docker.json', 'counter').events).toEqual([
      {
        ...counters,
        index: 5,
        name: 'veth1234',
        container: { ...container, id: 'cbd2540ec5be', name: 'sleepy_haibt', runtime: 'docker' },
      },
    ]);
  });

  test('counter is the totals of an interface, of a pod, whose device is an integer', () => {
    expect(decodeFixture('71_counter_k8s.json', 'counter').events).toEqual([
      {
        ...counters,
        index: 6,
        name: 'veth99',
        container: {
          ...container,
          id: '275d71585e03',
          name: 'dnsmasq',
          pod: 'kube-dns-6bfbdd666c-jjt75',
          namespace: 'kube-system',
        },
      },
    ]);
  });

  test('counter has the container id inside as well as outside', () => {
    const inside = {
      ifIndex: 5,
      ifInOctets: 1,
      ifOutOctets: 2,
      LOCAL_CONTAINER: { DOCKER: { ID: 'c0ffee' } },
    };
    expect(decodeOnly('counter', 'counters', JSON.stringify(inside)).container).toMatchObject({
      id: 'c0ffee',
    });
  });

  test('listening-ports is what a host listens on, by program', () => {
    const [event] = decodeFixture('80_listening_ports.json', 'listening-ports').events;
    expect(event).toMatchObject({
      type: 'listening',
      time: RECEIVED_AT,
      agent: null,
      exporter: EXPORTER,
      addresses: [EXPORTER, '127.0.0.1'],
      location: null,
      part: 0,
      parts: 1,
      sockets: [
        { protocol: 6, address: '0.0.0.0', port: 22, process: { pid: 0, name: 'sshd', evidence: 'none' } },
        { protocol: 6, address: '0.0.0.0', port: 1234, process: { name: 'ntopng' } },
        { protocol: 6, address: '::', port: 22, process: { name: 'sshd' } },
        { protocol: 17, address: '0.0.0.0', port: 53, process: { name: 'dnsmasq' } },
      ],
    });
  });

  test('event is a status', () => {
    expect(decodeFixture('81_event_status.json', 'event').events).toEqual([
      {
        type: 'status',
        time: 1795312133000,
        agent: '11111111-2222-3333-4444-555555555555',
        name: null,
        address: EXPORTER,
        version: '0.9.1',
        system: 'Debian',
        kernel: null,
        source: null,
        tier: null,
        cpuSeconds: null,
        memoryBytes: null,
        lost: [],
        ledgers: [],
      },
    ]);
  });
});

describe('a capture of ebpflowexport', () => {
  const messages = decodeCapture('ebpflowexport_capture.jsonl');
  const exe = `/usr/local/sbin/${'x'.repeat(32)}`;
  const process = task({
    pid: 2321,
    tid: 2321,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name: 'x'.repeat(32),
    exe,
    cmdline: '-z tcp://...',
    parent: parentTask({
      pid: 1,
      uid: 0,
      user: 'root',
      gid: 0,
      group: 'root',
      name: 'init',
      exe: '/sbin/init',
    }),
  });
  const ebpflowEvent = { oriented: true, additional: { 'LOCAL_FATHER_PROCESS.UID_NAME': 'daemon' } };
  const container = containerOfId('');

  test('has a binary twin of each event, counted apart', () => {
    expect(messages).toHaveLength(12);
    for (const [index, message] of messages.entries()) {
      expect(message.header?.layout).toBe('v0');
      expect(message.rejected).toEqual([]);
      expect(message.ignored).toBe(index % 2 === 0 ? null : 'ebpf');
    }
  });

  test.each([
    [
      0,
      conversation({
        ...ebpflowEvent,
        name: 'CONNECT',
        time: 1795312266011.86,
        client: { address: '127.0.0.1', port: 45000, process },
        server: { address: '127.0.0.1', port: 8080 },
        side: 'client',
        interfaceName: 'lo',
        connectLatencyMs: 0.177,
      }),
    ],
    [
      2,
      conversation({
        ...ebpflowEvent,
        name: 'ACCEPT',
        time: 1795312266066.425,
        client: { address: '127.0.0.1', port: 45000 },
        server: { address: '127.0.0.1', port: 8080, process },
        side: 'server',
        interfaceName: 'lo',
      }),
    ],
    [
      4,
      conversation({
        ...ebpflowEvent,
        name: 'CLOSE',
        time: 1795312266117.507,
        client: {
          address: '127.0.0.1',
          port: 45002,
          process,
          container: { ...container, id: 'cbd2540ec5be', name: 'sleepy_haibt', runtime: 'docker' },
        },
        server: { address: '127.0.0.1', port: 8080 },
        side: 'client',
        oriented: false,
        interfaceName: 'docker0',
      }),
    ],
    [
      6,
      conversation({
        ...ebpflowEvent,
        name: 'SEND',
        time: 1795312266168.156,
        protocol: 17,
        client: { address: '127.0.0.1', port: 45003, process },
        server: { address: '10.1.1.13', port: 53 },
        side: 'client',
        oriented: false,
        interfaceName: 'lo',
      }),
    ],
    [
      8,
      conversation({
        ...ebpflowEvent,
        name: 'CONNECT',
        time: 1795312266223.837,
        client: { address: '2001:db8::1', port: 45004, process },
        server: { address: '2001:db8::2', port: 8080 },
        side: 'client',
        interfaceName: 'lo',
        connectLatencyMs: 1.5,
      }),
    ],
    [
      10,
      conversation({
        ...ebpflowEvent,
        name: 'RETRANSMIT',
        time: 1795312266274.132,
        client: {
          address: '127.0.0.1',
          port: 45005,
          process,
          container: {
            ...container,
            id: '275d71585e03',
            name: 'dnsmasq',
            pod: 'kube-dns-6bfbdd666c-jjt75',
            namespace: 'kube-system',
          },
        },
        server: { address: '127.0.0.1', port: 8080 },
        side: 'client',
        oriented: false,
        interfaceName: 'cbr0',
        retransmits: 1,
      }),
    ],
  ])('message %i', (index, expected) => {
    expect(only(messages[index]!)).toEqual(expected);
  });
});

describe('a capture of an exporting ntopng', () => {
  const messages = decodeCapture('ntopng_export_capture.jsonl');

  test('is read whatever its ids hold, by element numbers', () => {
    expect(messages).toHaveLength(20);
    for (const message of messages) {
      const event = only(message);
      expect(event.time).toBe(RECEIVED_AT);
      expect(event.counters).toEqual({
        kind: 'delta',
        bytesSent: 0,
        bytesReceived: 0,
        packetsSent: 0,
        packetsReceived: 0,
      });
      expect(event.client.port).toBeGreaterThan(event.server.port);
    }
    expect(only(messages[0]!)).toEqual(
      conversation({
        client: { address: '127.0.0.1', port: 52506 },
        server: { address: '127.0.0.1', port: 3900 },
        counters: { kind: 'delta', bytesSent: 0, bytesReceived: 0, packetsSent: 0, packetsReceived: 0 },
        additional: {
          SRC_TOS: 0,
          DST_TOS: 0,
          TCP_FLAGS: 0,
          SERVER_NW_LATENCY_MS: 0,
          57981: 1125899906842624,
          57996: '1:spZezp+HD9lk5odaOi2DcGrq2o0=',
          57999: 60,
        },
      }),
    );
  });

  test('gives an event back that it was fed, with its process', () => {
    const forwarded = messages.map(only).filter((event) => event.name === 'CONNECT');
    expect(forwarded).toHaveLength(1);
    expect(forwarded[0]).toMatchObject({
      client: {
        address: '10.1.1.1',
        process: { pid: 29730, uid: 0, user: 'root', name: 'kubelet', parent: { pid: 1, name: 'systemd' } },
      },
      server: { address: '10.1.1.13', port: 10054, process: null },
      side: 'client',
      interfaceName: 'cbr0',
      exporter: EXPORTER,
      connectLatencyMs: 0.177,
    });
  });
});
