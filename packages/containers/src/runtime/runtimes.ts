/** All runtimes of a host, asked at once: the first that knows a container names it. */
import type { Milliseconds } from '@packetless/model';
import type { ContainerReference } from '../cgroup/reference.js';
import { type Answer, NO_ANSWER, NOT_KNOWN, TOO_MANY } from './answer.js';
import { openEngine } from './engine/open.js';
import { openGrpc } from './grpc/open.js';
import { type Place, placesOf, placesOfUsers } from './places.js';
import type { OpenRuntime } from './runtime.js';
import { RuntimeSocket, type SocketListener } from './runtime-socket.js';
import type { RuntimeStatus, SocketKind, SocketPaths } from './status.js';

const LOOK_INTERVAL: Milliseconds = 2_000;

const OPEN: { readonly [kind in SocketKind]: OpenRuntime } = {
  docker: openEngine,
  podman: openEngine,
  cri: openGrpc,
};

/** Sockets that may know a container of this runtime. podman often stands at docker's place. */
const KINDS_OF: { readonly [runtime in NonNullable<ContainerReference['runtime']>]: readonly SocketKind[] } =
  {
    docker: ['docker'],
    podman: ['podman', 'docker'],
    containerd: ['cri'],
    'cri-o': ['cri'],
  };

export class Runtimes {
  readonly #sockets = new Map<string, RuntimeSocket>();
  readonly #fixed: readonly Place[];
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(
    readonly paths: SocketPaths,
    readonly listener: SocketListener,
  ) {
    this.#fixed = placesOf(paths);
    for (const place of this.#fixed) this.#add(place);
  }

  start(): void {
    if (this.#timer !== undefined) return;
    void this.#look();
    this.#timer = setInterval(() => void this.#look(), LOOK_INTERVAL).unref();
  }

  /** Takes no longer than the slowest socket may, and less as soon as one knows it. */
  ask(reference: ContainerReference, isUrgent: boolean): Promise<Answer> {
    const asked = this.#distinct().filter((socket) => this.mayKnow(socket, reference));
    if (asked.length === 0) return Promise.resolve(NO_ANSWER);
    return firstFound(asked.map((socket) => socket.ask(reference, isUrgent)));
  }

  mayKnow(socket: RuntimeSocket, reference: ContainerReference): boolean {
    const kinds = reference.runtime === null ? null : KINDS_OF[reference.runtime];
    return (kinds === null || kinds.includes(socket.place.kind)) && socket.mayKnow(reference);
  }

  status(): readonly RuntimeStatus[] {
    return [...this.#sockets.values()].map((socket) => socket.status());
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets.values()) socket.close();
  }

  #add(place: Place): void {
    const socket = new RuntimeSocket(place, OPEN[place.kind], this.listener);
    this.#sockets.set(`${place.kind} ${place.path}`, socket);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    await this.#followUsers();
    this.#isLooking = false;
    // Each by itself: one may hang.
    for (const socket of this.#sockets.values()) void socket.look();
  }

  async #followUsers(): Promise<void> {
    const wanted = new Map<string, Place>();
    for (const place of [...this.#fixed, ...(await placesOfUsers(this.paths))]) {
      wanted.set(`${place.kind} ${place.path}`, place);
    }
    for (const [key, socket] of this.#sockets) {
      if (wanted.has(key)) continue;
      socket.close();
      this.#sockets.delete(key);
    }
    for (const [key, place] of wanted) if (!this.#sockets.has(key)) this.#add(place);
  }

  /** One of those that are the same: a link from docker's place to podman's. */
  #distinct(): RuntimeSocket[] {
    const byIdentity = new Map<string, RuntimeSocket>();
    for (const socket of this.#sockets.values()) {
      if (socket.identity !== null && !byIdentity.has(socket.identity))
        byIdentity.set(socket.identity, socket);
    }
    return [...byIdentity.values()];
  }
}

function firstFound(answers: readonly Promise<Answer>[]): Promise<Answer> {
  return new Promise((resolve) => {
    let waitingFor = answers.length;
    let worst = NOT_KNOWN;
    for (const asked of answers) {
      void asked.then((answer) => {
        if (answer.outcome === 'found') resolve(answer);
        else if (answer !== NOT_KNOWN && worst !== TOO_MANY) worst = answer;
        if (--waitingFor === 0) resolve(worst);
      });
    }
  });
}
