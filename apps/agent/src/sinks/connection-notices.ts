import { inert } from '@packetless/terminal';
import type { LinkState, PublisherState } from '@packetless/wire';

/** A collector that starts together with the agent gets so long before the user hears of it. */
const PATIENCE_MS = 2000;

/** Tells the user once when a collector is not there, and once when it is (again). */
export class ConnectionNotices {
  readonly #missed = new Set<string>();
  readonly #connected = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly notice: (message: string) => void) {}

  /** Starts to wait for first connections. */
  begin(state: PublisherState): void {
    this.update(state);
    if (this.#connected.size === awaited(state).length) return;
    this.#timer = setTimeout(() => {
      for (const { endpoint } of awaited(state)) {
        if (this.#connected.has(endpoint.text) || this.#missed.has(endpoint.text)) continue;
        this.#missed.add(endpoint.text);
        this.notice(`no collector answers at ${inert(endpoint.text)} yet; events wait, trying again`);
      }
    }, PATIENCE_MS);
  }

  update(state: PublisherState): void {
    for (const { endpoint, connection } of awaited(state)) {
      const name = endpoint.text;
      if (connection === 'connected') {
        this.#connected.add(name);
        if (this.#missed.delete(name)) this.notice(`connected to ${inert(name)}`);
      } else if (this.#connected.delete(name)) {
        this.#missed.add(name);
        this.notice(`the collector at ${inert(name)} went away; events wait, trying again`);
      }
    }
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Whoever is connected to must be there; who may connect to us may also stay away. */
function awaited(state: PublisherState): readonly LinkState[] {
  return state.filter(({ endpoint }) => endpoint.mode === 'connect');
}
