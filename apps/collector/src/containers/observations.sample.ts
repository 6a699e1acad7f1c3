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
import { observed } from '../observation.sample.js';

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
  return observed({
    witness: side === 'client' ? HOST_A : HOST_B,
    client: { port, ...(side === 'client' && own) },
    server: { port: 80, ...(side === 'server' && own) },
    side,
    interfaceName: 'eth0',
    location: side === 'client' ? 'aaaaaaaa/1' : 'bbbbbbbb/1',
    socket: port,
    state: 'ESTABLISHED',
    ...more,
  });
}
