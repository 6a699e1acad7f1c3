/** One browser's connection: what it may hold of our memory, whether it still answers, how much it asks. */
import type { ServerMessage } from '@packetless/live';
import type { WebSocket } from 'ws';
import type { SharedText } from './shared-text.js';

export interface ClientLimits {
  /** Bytes that may wait for a client before updates are skipped for it. */
  readonly budgetBytes: number;
  /** Views open at a time. */
  readonly maxViews: number;
  /** Messages a client may send at once, and per second in the long run. */
  readonly requestBurst: number;
  readonly requestsPerSecond: number;
}

export class LiveClient {
  /** False when nothing was heard since the last ping. */
  alive = true;
  #tokens: number;
  #tokensAt = Date.now();

  constructor(
    readonly socket: WebSocket,
    private readonly limits: ClientLimits,
    /** It takes packed messages. */
    private readonly packed: boolean,
  ) {
    this.#tokens = limits.requestBurst;
  }

  /** Whether an update may be sent to it now. */
  get hasRoom(): boolean {
    return (
      this.socket.readyState === this.socket.OPEN && this.socket.bufferedAmount < this.limits.budgetBytes
    );
  }

  /** Takes the right to one request; false when it has asked too often. */
  takeRequest(now: number): boolean {
    const { requestBurst, requestsPerSecond } = this.limits;
    const earned = ((now - this.#tokensAt) / 1000) * requestsPerSecond;
    this.#tokens = Math.min(requestBurst, this.#tokens + Math.max(0, earned));
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Sends a message whose end is shared with other clients. */
  sendShared(message: SharedText, head: string): void {
    const packed = this.packed ? message.packed(head) : null;
    this.socket.send(packed ?? message.text(head), { binary: packed !== null });
  }

  /** Sends a message of its own, unless the client does not even take what it has already been sent. */
  send(message: ServerMessage): void {
    if (this.hasRoom) this.socket.send(JSON.stringify(message));
  }

  /** Ends a peer that did not answer the last ping; else asks again. */
  checkAlive(): void {
    if (!this.alive) {
      this.socket.terminate();
      return;
    }
    this.alive = false;
    this.socket.ping();
  }
}
