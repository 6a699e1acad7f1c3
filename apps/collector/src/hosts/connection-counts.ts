/** How many living flows each listening socket has: whose server side is at its place, protocol, port and address. */
import type { FlowStore } from '../flows/flow-store.js';
import { ENDED, FLAGS, LIVE } from '../flows/record-layout.js';
import type { Listener, ListeningSockets } from './listening-sockets.js';
import { SocketIndex } from './socket-index.js';

/** Counting looks at every flow, so it is done once in so long, whoever asks. */
const FRESH_MS = 1000;

export class ConnectionCounts {
  #counts: ReadonlyMap<Listener, number> = new Map();
  #countedAt = Number.NEGATIVE_INFINITY;
  #revision = -1;

  constructor(
    private readonly flows: FlowStore,
    private readonly sockets: ListeningSockets,
  ) {}

  /** Sockets without a flow are not in it. */
  read(now: number): ReadonlyMap<Listener, number> {
    const fresh = now >= this.#countedAt && now - this.#countedAt < FRESH_MS;
    if (!fresh || this.#revision !== this.sockets.revision) {
      this.#counts = count(this.flows, this.sockets);
      this.#countedAt = now;
      this.#revision = this.sockets.revision;
    }
    return this.#counts;
  }
}

function count(flows: FlowStore, sockets: ListeningSockets): ReadonlyMap<Listener, number> {
  const index = new SocketIndex(flows, sockets);
  if (index.candidates.length === 0) return new Map();
  for (let slot = 0; slot < flows.end; slot++) {
    if ((flows.word(slot, FLAGS) & (LIVE | ENDED)) !== LIVE) continue;
    const candidate = index.find(slot);
    if (candidate !== null) candidate.flows++;
  }
  const used = index.candidates.filter((candidate) => candidate.flows > 0);
  return new Map(used.map((candidate) => [candidate.listener, candidate.flows]));
}
