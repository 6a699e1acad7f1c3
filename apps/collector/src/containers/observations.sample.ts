/** Conversations between containers, as their hosts' agents observe them, for tests to vary. */
import {
  type Container,
  containerOfId,
  type EventCounters,
  type Observation,
  type Side,
  type TcpHealth,
  type Witness,
} from '@packetless/model';

export const T0 = 1_795_312_266_000;
export const HOST_A: Witness = { kind: 'agent', name: 'host-a', id: 'a' };
export const HOST_B: Witness = { kind: 'agent', name: 'host-b', id: 'b' };

export function container(id: string, more: Partial<Container> = {}): Container {
  return { ...containerOfId(id), name: id, runtime: 'containerd', ...more };
}

export function health(more: Partial<TcpHealth>): TcpHealth {
  return {
    rttMs: null,
    rttVarMs: null,
    retransmits: null,
    outOfOrder: null,
    lost: null,
    unacknowledged: null,
    congestionWindow: null,
    deliveryRate: null,
    ...more,
  };
}

export function bytes(bytesSent: number, bytesReceived: number): EventCounters {
  return { kind: 'absolute', bytesSent, bytesReceived, packetsSent: null, packetsReceived: null };
}

/** The connection from that port of 10.0.0.1 to 10.0.0.2:80, as the agent at one end of it sees it. */
export function seen(
  port: number,
  side: Side,
  own: { readonly container?: Container; readonly tcp?: TcpHealth },
  more: Partial<Observation> = {},
): Observation {
  const bare = { process: null, container: null, tcp: null };
  const end = { ...bare, ...own };
  return {
    witness: side === 'client' ? HOST_A : HOST_B,
    time: T0,
    protocol: 6,
    client: { ...bare, address: '10.0.0.1', port, ...(side === 'client' && end) },
    server: { ...bare, address: '10.0.0.2', port: 80, ...(side === 'server' && end) },
    side,
    oriented: true,
    interfaceName: 'eth0',
    location: side === 'client' ? 'aaaaaaaa/1' : 'bbbbbbbb/1',
    socket: port,
    handshake: null,
    translated: null,
    state: 'ESTABLISHED',
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    began: false,
    ended: false,
    corrected: false,
    since: null,
    ...more,
  };
}
