/** What both say of how well TCP does, over all connections of a file. */
import type { PacketFlow } from '@packetless/capture';
import type { Frame } from './frames.js';

/**
 * `again`: segments that did not come for the first time in their order. Whether one was sent again or overtaken is a
 * guess for whoever stands between the ends, so both are counted together.
 */
export interface TcpFacts {
  readonly again: number;
  readonly zeroWindows: number;
  readonly resets: number;
}

export function tcpFactsOf(flows: readonly PacketFlow[]): TcpFacts {
  const sides = flows.flatMap(({ client, server }) => [client.tcp, server.tcp]).filter((tcp) => tcp !== null);
  const sum = (of: (tcp: (typeof sides)[number]) => number) => sides.reduce((all, tcp) => all + of(tcp), 0);
  return {
    again: sum(({ retransmits, outOfOrder }) => retransmits + outOfOrder),
    zeroWindows: sum(({ zeroWindows }) => zeroWindows),
    resets: sum(({ resets }) => resets),
  };
}

/** `frames`: those whose TCP is not that inside of a tunnel or an error. */
export function tcpFactsIn(frames: readonly Frame[]): TcpFacts {
  const count = (holds: (frame: Frame) => boolean) => frames.filter(holds).length;
  return {
    again: count(
      (frame) =>
        frame.first('tcp.analysis.retransmission') !== undefined ||
        frame.first('tcp.analysis.out_of_order') !== undefined,
    ),
    // A reset that has a window means nothing by it.
    zeroWindows: count((frame) => frame.first('tcp.analysis.zero_window') !== undefined && !isReset(frame)),
    resets: count(isReset),
  };
}

const isReset = (frame: Frame) => ['1', 'Set', 'True'].includes(frame.first('tcp.flags.reset') ?? '');

/** Connections by client and server: who they are, and how long SYN, SYN-ACK and ACK took together, in microseconds. */
export function handshakesOf(flows: readonly PacketFlow[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { client, server, orientation } of flows) {
    const parts = [client.tcp?.handshakeRttMs ?? null, server.tcp?.handshakeRttMs ?? null];
    if (orientation !== 'handshake' || parts[0] === null || parts[1] === null) continue;
    const key = `${client.address} ${client.port} → ${server.address} ${server.port}`;
    found.set(key, found.has(key) ? Number.NaN : Math.round((parts[0]! + parts[1]!) * 1000));
  }
  return found;
}

/** NaN where ports were used again, or the handshake was repeated. */
export function handshakesIn(frames: readonly Frame[]): Map<string, number> {
  const found = new Map<string, number>();
  const clients = new Map<string, string>();
  for (const frame of frames) {
    const stream = frame.first('tcp.stream');
    if (stream === undefined) continue;
    const from = `${frame.first('ip.src') ?? frame.first('ipv6.src')} ${frame.first('tcp.srcport')}`;
    const to = `${frame.first('ip.dst') ?? frame.first('ipv6.dst')} ${frame.first('tcp.dstport')}`;
    const isSyn = ['1', 'Set', 'True'].includes(frame.first('tcp.flags.syn') ?? '');
    const isAck = ['1', 'Set', 'True'].includes(frame.first('tcp.flags.ack') ?? '');
    if (isSyn && !isAck && !clients.has(stream)) {
      const key = `${from} → ${to}`;
      if ([...clients.values()].includes(key)) found.set(key, Number.NaN);
      clients.set(stream, key);
    }
    const key = clients.get(stream);
    const time = frame.first('tcp.analysis.initial_rtt');
    if (key === undefined || time === undefined || found.has(key)) continue;
    found.set(key, Math.round(Number(time.replace(' seconds', '')) * 1e6));
  }
  return found;
}
