/** Events as senders write them. */
import type {
  ConversationEvent,
  InterfaceCountersEvent,
  ListeningEvent,
  Process,
  StatusEvent,
} from '@packetless/model';

/** The sample event of the eBPF document, verbatim. */
export const SAMPLE_EVENT =
  '{ "timestamp": "1557135868.956831", "TID": 0, "LOCAL_PROCESS": { "PID": 29730, "UID": 0, "GID": 0, "GID_NAME": "root", "PROCESS_PATH": "\\/snap\\/microk8s\\/522\\/kubelet" }, "LOCAL_FATHER_PROCESS": { "PID": 1, "UID": 0, "UID_NAME": "daemon", "GID": 0, "GID_NAME": "root", "PROCESS_PATH": "\\/lib\\/systemd\\/systemd" }, "TCP_EVENT_TYPE": "CONNECT", "IF_NAME": "cbr0", "IP_PROTOCOL_VERSION": 4, "PROTOCOL": 6, "NW_LATENCY_MS": 0.177, "L4_LOCAL_PORT": 58916, "L4_REMOTE_PORT": 10054, "IPV4_LOCAL_ADDR": "10.1.1.1", "IPV4_REMOTE_ADDR": "10.1.1.13", "EXPORTER_IPV4_ADDRESS": "192.168.2.131" }';

/** curl's connection from that port of 10.1.1.1 to 10.1.1.2:443, as an agent on 192.168.2.131 tells it now. */
export function connectEvent(port: number, more: object = {}): object {
  return {
    timestamp: `${(Date.now() / 1000).toFixed(6)}`,
    TCP_EVENT_TYPE: 'CONNECT',
    IF_NAME: 'eth0',
    IP_PROTOCOL_VERSION: 4,
    PROTOCOL: 6,
    IPV4_LOCAL_ADDR: '10.1.1.1',
    L4_LOCAL_PORT: port,
    IPV4_REMOTE_ADDR: '10.1.1.2',
    L4_REMOTE_PORT: 443,
    EXPORTER_IPV4_ADDRESS: '192.168.2.131',
    LOCAL_PROCESS: {
      PID: 7,
      UID: 0,
      UID_NAME: 'root',
      GID: 0,
      GID_NAME: 'root',
      PROCESS_PATH: '/usr/bin/curl',
    },
    ...more,
  };
}

/**
 * What an agent of ours on web-1 tells: that nginx accepted a connection, what the host listens on, one interface
 * counted twice, five seconds apart, and how the agent is.
 */
export function ownEvents(): [
  ConversationEvent,
  ListeningEvent,
  InterfaceCountersEvent,
  InterfaceCountersEvent,
  StatusEvent,
] {
  const time = Date.now();
  const agent = 'a1';
  const exporter = '192.168.2.131';
  const location = 'deadbeef/4026531840';
  const nginx: Process = {
    pid: 80,
    tid: 80,
    uid: 33,
    user: 'www-data',
    gid: 33,
    group: 'www-data',
    name: 'nginx',
    exe: '/usr/sbin/nginx',
    cmdline: 'nginx: worker process',
    script: null,
    exeDeleted: false,
    role: null,
    parent: null,
    evidence: 'kernel',
  };
  const end = { process: null, container: null, tcp: null };
  const counters: InterfaceCountersEvent = {
    type: 'counters',
    time,
    agent,
    exporter,
    location,
    namespace: null,
    container: null,
    index: 2,
    name: 'eth0',
    ifType: 6,
    speedBps: 1e9,
    duplex: 'full',
    adminUp: true,
    operUp: true,
    promiscuous: false,
    mtu: 1500,
    bytesReceived: 1000,
    packetsReceived: 10,
    errorsReceived: 0,
    dropsReceived: 0,
    bytesSent: 2000,
    packetsSent: 20,
    errorsSent: 0,
    dropsSent: 0,
  };
  return [
    {
      type: 'flow',
      name: 'ACCEPT',
      time,
      protocol: 6,
      client: { ...end, address: '10.9.9.9', port: 40_000 },
      server: { ...end, address: '10.1.1.1', port: 80, process: nginx },
      side: 'server',
      oriented: true,
      interfaceName: 'eth0',
      exporter,
      agent,
      location,
      socket: 900,
      handshake: null,
      translated: null,
      state: 'ESTABLISHED',
      counters: null,
      connectLatencyMs: null,
      retransmits: null,
      failure: null,
      reason: null,
      additional: null,
    },
    {
      type: 'listening',
      time,
      agent,
      exporter,
      addresses: ['10.1.1.1', '127.0.0.1'],
      location,
      part: 0,
      parts: 1,
      sockets: [
        {
          protocol: 6,
          address: '0.0.0.0',
          port: 80,
          process: nginx,
          container: null,
          location,
          socket: 700,
          interfaceName: null,
          since: time - 60_000,
          backlog: 0,
          backlogLimit: 511,
        },
      ],
    },
    counters,
    { ...counters, time: time + 5000, bytesReceived: 6000 },
    {
      type: 'status',
      time,
      agent,
      name: 'web-1',
      address: exporter,
      version: '0.1.0',
      system: 'Debian GNU/Linux 12',
      kernel: '6.1.0',
      source: 'ebpf',
      tier: 'B',
      cpuSeconds: 1,
      memoryBytes: 50_000_000,
      lost: [{ what: 'exact owner of accepted connections', why: 'no BTF' }],
      ledgers: [],
    },
  ];
}
