/** One container as the directory keeps it. */
import { type Container, containerOfId } from '@packetless/model';
import type { ContainerReference } from '../cgroup/reference.js';

/** `none`: not asked yet. `waiting`: being looked up. `named`: a runtime told. `unknown`: none could, until `askAgainAt`. */
export type Knowledge = 'none' | 'waiting' | 'named' | 'unknown';

export interface Entry {
  readonly key: string;
  reference: ContainerReference;
  /** The same object as long as nothing that is known changes. */
  container: Container;
  knowledge: Knowledge;
  askAgainAt: number;
  /** Its living cgroups: its own and those below. */
  readonly cgroups: Set<number>;
  /** When somebody last asked for it, or its last cgroup went. */
  usedAt: number;
}

/**
 * Ids of 64 digits are unique on a host; names given by hand are within their containerd namespace only. What users and
 * containers can make in cgroups of their own is kept apart from what the host's runtimes have.
 */
export function keyOf({ id, user, outer, containerdNamespace }: ContainerReference): string {
  const namespace = id.length === 64 ? '' : (containerdNamespace ?? '');
  return `${user ?? ''}/${outer?.id ?? ''}/${namespace}/${id}`;
}

export function newEntry(reference: ContainerReference, now: number): Entry {
  return {
    key: keyOf(reference),
    reference,
    container: containerOfReference(reference),
    knowledge: 'none',
    askAgainAt: 0,
    cgroups: new Set(),
    usedAt: now,
  };
}

/** Whether a runtime has said anything of it, be it in its news only. */
export function isTold(entry: Entry): boolean {
  return entry.knowledge === 'named' || entry.container.name !== null;
}

/** Whether it lives, is named, and nobody could have put it where it does not belong. */
export function isSettled({ knowledge, cgroups, reference }: Entry): boolean {
  return knowledge === 'named' && cgroups.size > 0 && reference.user === null && reference.outer === null;
}

/** What the path alone tells. */
export function containerOfReference({ id, runtime, podUid }: ContainerReference): Container {
  return { ...containerOfId(id), runtime, podUid };
}

/** Null for what may be none: nobody has confirmed it. */
export function containerOfEntry(entry: Entry): Container | null {
  return entry.reference.certain || entry.knowledge === 'named' ? entry.container : null;
}

/** Bytes that an entry takes, roughly. */
export function bytesOf(entry: Entry): number {
  const { container } = entry;
  let characters = entry.key.length + container.id.length;
  for (const text of [
    container.name,
    container.image,
    container.pod,
    container.podUid,
    container.namespace,
  ]) {
    characters += text?.length ?? 0;
  }
  for (const label in container.labels) characters += label.length + container.labels[label]!.length;
  return ENTRY_BYTES + 2 * characters;
}

const ENTRY_BYTES = 600;
