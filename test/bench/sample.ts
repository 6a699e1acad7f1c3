/** An event as our agent makes them; every index is another flow. */
import type { ConversationEvent } from '@packetless/model';

export function sampleEvent(index: number): ConversationEvent {
  return {
    type: 'flow',
    name: 'CONNECT',
    time: 1_795_311_000_000 + index,
    protocol: 6,
    client: {
      address: `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`,
      port: 1024 + (index % 60_000),
      process: {
        pid: 1000 + (index % 500),
        tid: 1000 + (index % 500),
        uid: 1000,
        user: 'alice',
        gid: 100,
        group: 'users',
        name: 'curl',
        exe: '/usr/bin/curl',
        cmdline: 'curl -s https://example.com/',
        parent: {
          pid: 7,
          uid: 1000,
          user: 'alice',
          gid: 100,
          group: 'users',
          name: 'bash',
          exe: '/bin/bash',
          cmdline: '-bash',
        },
        evidence: 'kernel',
      },
      container: null,
      tcp: { rttMs: 1.25, rttVarMs: 0.5, retransmits: 0, outOfOrder: 0, lost: 0, unacknowledged: 0 },
    },
    server: { address: '93.184.216.34', port: 443, process: null, container: null, tcp: null },
    side: 'client',
    oriented: true,
    interfaceName: 'eth0',
    exporter: '192.168.2.131',
    agent: '0123456789abcdef',
    location: '89abcdef/4026531840',
    socket: index,
    handshake: (0x1_0000_0000 + index).toString(16).padStart(16, '0'),
    state: 'ESTABLISHED',
    counters: { kind: 'absolute', bytesSent: 0, bytesReceived: 0, packetsSent: 1, packetsReceived: 1 },
    connectLatencyMs: 0.177,
    retransmits: null,
    failure: null,
    additional: null,
  };
}
