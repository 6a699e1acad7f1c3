/** Records as the kernel side hands them over, for tests to vary. */
import type { DatagramRecord, Owner, ProcessRecord, TcpRecord } from '@packetless/introspection';

export const OWNER: Owner = {
  pid: 4242,
  tid: 4243,
  uid: 0,
  gid: 0,
  comm: 'curl',
  cgroupId: 1,
  evidence: 'kernel',
};

export const PROCESS: ProcessRecord = {
  kind: 'process',
  time: 1_700_000_000_000,
  pid: 4242,
  uid: 0,
  gid: 0,
  comm: 'curl',
  exe: '/usr/bin/curl',
  argv: ['curl', '-s', 'http://192.0.2.9/a b'],
  exeDeleted: false,
  fromProc: false,
  argvTruncated: false,
  parent: { pid: 77, uid: 0, gid: 0, comm: 'bash', exe: '/no/such/bash' },
  cgroupId: 1,
  startTime: 1_699_999_999_990,
};

export function tcpRecord(changes: Partial<TcpRecord> = {}): TcpRecord {
  return {
    kind: 'connect',
    time: 1_700_000_000_123.456,
    socket: 9001,
    protocol: 6,
    netns: 4026531840,
    localAddress: '192.0.2.2',
    localPort: 40100,
    remoteAddress: '192.0.2.9',
    remotePort: 80,
    side: 'client',
    owner: OWNER,
    interfaceName: 'eth0',
    interfaceIndex: 2,
    state: 1,
    latencyMs: 0.177,
    error: 0,
    count: 0,
    tcp: {
      bytesSent: 100,
      bytesReceived: 2000,
      segmentsSent: 5,
      segmentsReceived: 6,
      rttMs: 1.25,
      rttVarMs: 0.5,
      retransmits: 2,
      outOfOrder: 1,
      lost: 3,
      unacknowledged: 4,
      congestionWindow: 10,
      deliveryRate: 125_000,
    },
    handshake: '00112233deadbeef',
    cause: null,
    reset: null,
    ...changes,
  };
}

export function datagramRecord(changes: Partial<DatagramRecord> = {}): DatagramRecord {
  return {
    kind: 'datagram',
    phase: 'first',
    firstTime: 1_700_000_000_000.5,
    time: 1_700_000_000_001.5,
    socket: 9002,
    protocol: 17,
    netns: 4026531840,
    localAddress: '192.0.2.2',
    localPort: 40101,
    remoteAddress: '192.0.2.53',
    remotePort: 53,
    side: 'client',
    owner: OWNER,
    interfaceName: 'eth0',
    interfaceIndex: 2,
    bytesSent: 40,
    bytesReceived: 120,
    packetsSent: 1,
    packetsReceived: 2,
    ...changes,
  };
}
