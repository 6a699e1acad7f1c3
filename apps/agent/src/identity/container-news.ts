/** What is learnt of containers, for collectors: gathered for a moment, and all of it again now and then. */
import type { Container, ContainersEvent } from '@packetless/model';

/** A runtime names several at a time. */
const GATHER_MS = 50;
const AGAIN_MS = 60_000;
/** In one event; the wire cuts it to messages. */
const MOST_AT_ONCE = 512;

export interface ContainerNewsOptions {
  readonly agent: string;
  readonly all: () => readonly Container[];
  readonly onEvent: (event: ContainersEvent) => void;
}

export class ContainerNews {
  readonly #fresh = new Map<string, Container>();
  #gathering: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;

  constructor(private readonly options: ContainerNewsOptions) {}

  start(): void {
    this.#again ??= setInterval(() => this.tellAll(), AGAIN_MS);
  }

  learnt(container: Container): void {
    this.#fresh.set(container.id, container);
    this.#gathering ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** For whoever has heard nothing yet. */
  tellAll(): void {
    this.#flush();
    this.#tell(this.options.all());
  }

  /** Tells what it has gathered. */
  close(): void {
    if (this.#again !== null) clearInterval(this.#again);
    this.#flush();
  }

  #flush(): void {
    if (this.#gathering !== null) clearTimeout(this.#gathering);
    this.#gathering = null;
    const fresh = [...this.#fresh.values()];
    this.#fresh.clear();
    this.#tell(fresh);
  }

  #tell(containers: readonly Container[]): void {
    const { agent, onEvent } = this.options;
    for (let at = 0; at < containers.length; at += MOST_AT_ONCE) {
      onEvent({
        type: 'containers',
        time: Date.now(),
        agent,
        containers: containers.slice(at, at + MOST_AT_ONCE),
      });
    }
  }
}
