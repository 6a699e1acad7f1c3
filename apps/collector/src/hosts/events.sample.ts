/** What agents tell of their hosts, for tests to vary. */
import type { InterfaceCountersEvent, ListeningEvent, ListeningSocket, Process } from '@packetless/model';
import { Agent } from '../agents/agent.js';

export const T0 = 1_795_312_266_000;

export function agent(id: string, name = `host-${id}`): Agent {
  return new Agent(id, name, null, 'tcp://*:1c', T0);
}

export function counters(given: Partial<InterfaceCountersEvent> = {}): InterfaceCountersEvent {
  return {
    type: 'counters',
    time: T0,
    agent: 'a',
    exporter: null,
    location: 'aaaaaaaa/1',
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
    bytesReceived: 0,
    packetsReceived: 0,
    errorsReceived: 0,
    dropsReceived: 0,
    bytesSent: 0,
    packetsSent: 0,
    errorsSent: 0,
    dropsSent: 0,
    ...given,
  };
}

export function process(name: string, pid: number, more: Partial<Process> = {}): Process {
  return {
    pid,
    tid: pid,
    uid: 0,
    user: 'root',
    gid: 0,
    group: 'root',
    name,
    exe: `/usr/sbin/${name}`,
    cmdline: name,
    script: null,
    exeDeleted: false,
    role: null,
    parent: null,
    evidence: 'kernel',
    ...more,
  };
}

export function socket(port: number, given: Partial<ListeningSocket> = {}): ListeningSocket {
  return {
    protocol: 6,
    address: '0.0.0.0',
    port,
    process: process('sshd', 22),
    container: null,
    location: 'aaaaaaaa/1',
    socket: port,
    interfaceName: null,
    since: null,
    backlog: 0,
    backlogLimit: 128,
    ...given,
  };
}

export function list(
  sockets: readonly ListeningSocket[],
  given: Partial<ListeningEvent> = {},
): ListeningEvent {
  return {
    type: 'listening',
    time: T0,
    agent: 'a',
    exporter: null,
    addresses: ['10.0.0.1'],
    location: 'aaaaaaaa/1',
    part: 0,
    parts: 1,
    sockets,
    ...given,
  };
}
