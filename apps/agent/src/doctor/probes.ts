/** Known traffic of this process over loopback, to see whether a source tells of it. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import type { KernelRecord } from '@packetless/introspection';
import type { ProbeFinding } from './report.js';

/** Records as a source tells them, to be waited for. */
export class Told {
  #records: KernelRecord[] = [];
  #waiting: (() => void) | null = null;

  readonly take = (records: readonly KernelRecord[]): void => {
    this.#records.push(...records);
    this.#waiting?.();
  };

  /** The first record that is wanted, or null when none comes in time. */
  async first(isWanted: (record: KernelRecord) => boolean, timeoutMs: number): Promise<KernelRecord | null> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = this.#records.find(isWanted);
      const left = until - performance.now();
      if (found !== undefined || left <= 0) return found ?? null;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export interface ProbeResult extends ProbeFinding {
  /** Milliseconds by which the record's time lies outside of the span in which it happened; null without a record. */
  readonly clockErrorMs: number | null;
}

/** A connection that is held open until it is told, with this process as its owner. */
export async function probeConnection(told: Told, timeoutMs: number): Promise<ProbeResult> {
  const server = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const begun = Date.now();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const result = await outcome('its own TCP connection, with its owner', begun, () =>
    told.first(
      (record) => 'remotePort' in record && record.remotePort === port && record.owner?.pid === process.pid,
      timeoutMs,
    ),
  );
  socket.destroy();
  server.close();
  return result;
}

/** A datagram to itself. */
export async function probeDatagram(told: Told, timeoutMs: number): Promise<ProbeResult> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const begun = Date.now();
  socket.send('packetless-agent doctor', port, '127.0.0.1');
  const result = await outcome('its own datagram, with its owner', begun, () =>
    told.first(
      (record) =>
        record.kind === 'datagram' && record.localPort === port && record.owner?.pid === process.pid,
      timeoutMs,
    ),
  );
  socket.close();
  return result;
}

async function outcome(
  what: string,
  begun: number,
  wait: () => Promise<KernelRecord | null>,
): Promise<ProbeResult> {
  const record = await wait();
  if (record === null) return { what, toldAfterMs: null, clockErrorMs: null };
  const ended = Date.now();
  const clockErrorMs = Math.max(0, begun - record.time, record.time - ended);
  return { what, toldAfterMs: ended - begun, clockErrorMs };
}
