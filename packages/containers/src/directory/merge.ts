/** More is known of a container than before. The container stays the same object if nothing really is. */
import type { Container } from '@packetless/model';
import type { ContainerReference } from '../cgroup/reference.js';
import type { ContainerFacts } from '../runtime/facts.js';
import type { Entry } from './entry.js';

/** Its runtime's word counts more than the path's, but a pod that only the path knows stays. */
export function withFacts(container: Container, facts: ContainerFacts): Container {
  const told: Container = {
    id: container.id,
    ...facts,
    podUid: facts.podUid ?? container.podUid,
    workload: container.workload,
  };
  return isSame(container, told) ? container : told;
}

/** Another path of the same container, or a runtime's word of it, may say more than the first one did. */
export function withReference(entry: Entry, reference: ContainerReference): Container {
  const { reference: known, container } = entry;
  if (known === reference) return container;
  entry.reference = {
    ...known,
    runtime: known.runtime ?? reference.runtime,
    podUid: known.podUid ?? reference.podUid,
    containerdNamespace: known.containerdNamespace ?? reference.containerdNamespace,
    certain: known.certain || reference.certain,
  };
  const runtime = container.runtime ?? entry.reference.runtime;
  const podUid = container.podUid ?? entry.reference.podUid;
  if (runtime === container.runtime && podUid === container.podUid) return container;
  return { ...container, runtime, podUid };
}

function isSame(one: Container, other: Container): boolean {
  return (
    one.name === other.name &&
    one.runtime === other.runtime &&
    one.image === other.image &&
    one.pod === other.pod &&
    one.podUid === other.podUid &&
    one.namespace === other.namespace &&
    one.isSandbox === other.isSandbox &&
    hasSameLabels(one.labels, other.labels)
  );
}

function hasSameLabels(one: Container['labels'], other: Container['labels']): boolean {
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && one[key] === other[key])
  );
}
