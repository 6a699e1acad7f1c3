/** A TCP connection for the tests: segments of both ends in the order in which the wire sees them. */
import type { FilePacket } from './capture-file.js';
import { ACK, type Bytes, ethernet, FIN, PSH, RST, SYN, tcpPacket, zeros } from './packets.js';

interface End {
  readonly address: string;
  readonly port: number;
  next: number;
}

export interface Ends {
  readonly client?: string;
  readonly server?: string;
  readonly clientPort?: number;
  readonly serverPort?: number;
  /** Epoch seconds of the beginning. */
  readonly start?: number;
  readonly clientSequence?: number;
}

type Side = 'client' | 'server';

export class Conversation {
  readonly packets: FilePacket[] = [];
  readonly client: End;
  readonly server: End;
  #time: number;

  constructor(ends: Ends = {}) {
    this.client = {
      address: ends.client ?? '10.0.0.1',
      port: ends.clientPort ?? 40_000,
      next: ends.clientSequence ?? 1000,
    };
    this.server = { address: ends.server ?? '10.0.0.2', port: ends.serverPort ?? 443, next: 0xffff_ff00 };
    this.#time = ends.start ?? 1_700_000_000;
  }

  /** Milliseconds pass. */
  wait(ms: number): this {
    this.#time += ms / 1000;
    return this;
  }

  /** Any segment; sequence numbers as they are due unless given. */
  send(
    from: Side,
    flags: number,
    payload: Bytes = zeros(0),
    more: { sequence?: number; acknowledgment?: number; window?: number } = {},
  ): this {
    const sender = this[from];
    const receiver = this[from === 'client' ? 'server' : 'client'];
    const sequence = more.sequence ?? sender.next;
    const bytes = tcpPacket({
      source: sender.address,
      destination: receiver.address,
      sourcePort: sender.port,
      destinationPort: receiver.port,
      flags,
      sequence,
      acknowledgment: more.acknowledgment ?? (flags & ACK ? receiver.next : 0),
      window: more.window,
      payload,
    });
    this.packets.push({ bytes: ethernet(bytes), time: this.#time });
    const end = (sequence + payload.length + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)) >>> 0;
    if (((end - sender.next) | 0) > 0) sender.next = end;
    return this;
  }

  /** SYN, after `serverMs` SYN-ACK, after `clientMs` ACK. */
  open(serverMs = 20, clientMs = 5): this {
    return this.send('client', SYN)
      .wait(serverMs)
      .send('server', SYN | ACK)
      .wait(clientMs)
      .send('client', ACK);
  }

  data(from: Side, length: number): this {
    return this.send(from, PSH | ACK, zeros(length));
  }

  acknowledge(from: Side): this {
    return this.send(from, ACK);
  }

  close(): this {
    return this.send('client', FIN | ACK)
      .wait(1)
      .send('server', FIN | ACK)
      .wait(1)
      .send('client', ACK);
  }

  reset(from: Side): this {
    return this.send(from, RST | ACK);
  }
}
