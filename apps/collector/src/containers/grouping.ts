/** Which containers belong together: those with one id, of one pod, of one namespace, of one workload. */
import type { ContainerGroupKind } from '@packetless/live';
import { ContainerGroup } from './container-group.js';
import type { KnownContainer } from './known-container.js';

export class Grouping {
  readonly #groups = new Map<string, ContainerGroup>();
  readonly #known = new Map<KnownContainer, ContainerGroup | null>();
  readonly #podUids: ReadonlyMap<string, string | null>;

  constructor(
    readonly kind: ContainerGroupKind,
    containers: Iterable<KnownContainer>,
  ) {
    const all = [...containers];
    this.#podUids = kind === 'pods' ? podUids(all) : new Map();
    for (const container of all) {
      // A sandbox does nothing by itself; whether one is worth a row of its own, its flows tell.
      if (kind !== 'containers' || !container.description.isSandbox) this.groupOf(container);
    }
  }

  groups(): Iterable<ContainerGroup> {
    return this.#groups.values();
  }

  /** Null for a container that is in no group of this kind. */
  groupOf(container: KnownContainer): ContainerGroup | null {
    const known = this.#known.get(container);
    if (known !== undefined) return known;
    const key = this.#keyOf(container);
    const group = key === null ? null : this.#group(key);
    group?.join(container);
    this.#known.set(container, group);
    return group;
  }

  #group(key: string): ContainerGroup {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new ContainerGroup(this.kind, key);
      this.#groups.set(key, group);
    }
    return group;
  }

  #keyOf(container: KnownContainer): string | null {
    const { id, name, podUid, namespace, workload } = container.description;
    switch (this.kind) {
      case 'containers':
        // Others may tell names only.
        return id === '' ? `${podName(container) ?? container.witness.id} ${name ?? ''}` : id;
      case 'pods': {
        const pod = podName(container);
        return podUid ?? (pod === null ? null : (this.#podUids.get(pod) ?? pod));
      }
      case 'namespaces':
        return namespace;
      case 'workloads':
        return workload === null ? null : `${namespace ?? container.witness.id} ${workload}`;
    }
  }
}

/** Kubernetes' pods have a namespace; others are known on their host only. */
function podName({ description: { pod, namespace }, witness }: KnownContainer): string | null {
  return pod === null ? null : `${namespace ?? witness.id}/${pod}`;
}

/** The uid of each pod by its name, null where there were several of that name: not everybody tells uids. */
function podUids(containers: readonly KnownContainer[]): Map<string, string | null> {
  const uids = new Map<string, string | null>();
  for (const container of containers) {
    const { podUid } = container.description;
    const pod = podName(container);
    if (pod === null || podUid === null) continue;
    const before = uids.get(pod);
    uids.set(pod, before === undefined || before === podUid ? podUid : null);
  }
  return uids;
}
