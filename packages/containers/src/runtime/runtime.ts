/** One interface for all runtimes. */
import type { ContainerReference } from '../cgroup/reference.js';
import type { ContainerFacts } from './facts.js';

/** A container is new (made or started), or it is called otherwise now. */
export interface Notice {
  readonly reference: ContainerReference;
  readonly isNew: boolean;
  /** What the news itself says, for a container that may be gone before its runtime is asked. */
  readonly facts: ContainerFacts | null;
}

/** To be awaited before the next: there may be more than anybody can take. */
export type Heard = (notice: Notice) => Promise<void>;

/** A runtime that answered on its socket. Its methods fail with a `RuntimeError`. */
export interface Runtime {
  /** `docker`, `containerd`, `cri-o`, `podman`, or what else it calls itself. */
  readonly name: string;
  readonly version: string | null;
  /** Null: it has no such container. */
  find(reference: ContainerReference, signal: AbortSignal): Promise<ContainerFacts | null>;
  /** Tells what happens until it ends by itself or is aborted; never fails because of that. */
  watch(heard: Heard, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Finds out who answers on a socket. Fails with a `RuntimeError`. */
export type OpenRuntime = (socket: string, signal: AbortSignal) => Promise<Runtime>;

/** What a runtime's own words say of a container, without any path. */
export function referenceOf(
  id: string,
  runtime: ContainerReference['runtime'],
  containerdNamespace: string | null = null,
): ContainerReference {
  return { id, runtime, podUid: null, containerdNamespace, user: null, outer: null, certain: false };
}
