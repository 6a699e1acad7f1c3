/** Which services of Kubernetes an address stands for: a service's own, or that of a pod that it chooses. */
import type { Pod, Service } from './objects.js';

/** Services that an address is told to belong to. */
const MAX_SERVICES = 4;

/** Of each address the services, `namespace/name`, in the order of the alphabet. */
export function serviceNames(
  services: Iterable<Service>,
  pods: Iterable<Pod>,
): Map<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  const add = (address: string, name: string) => {
    const known = found.get(address);
    if (known === undefined) found.set(address, new Set([name]));
    else known.add(name);
  };
  const chosen = new PodsByLabel(pods);
  for (const service of services) {
    const name = `${service.namespace}/${service.name}`;
    for (const address of service.addresses) add(address, name);
    for (const pod of chosen.find(service)) for (const address of pod.addresses) add(address, name);
  }
  return new Map(
    Array.from(found, ([address, names]) => [address, [...names].sort().slice(0, MAX_SERVICES)]),
  );
}

class PodsByLabel {
  readonly #pods = new Map<string, Pod[]>();

  constructor(pods: Iterable<Pod>) {
    for (const pod of pods) {
      if (pod.addresses.length === 0) continue;
      for (const [label, value] of Object.entries(pod.labels)) {
        const key = keyOf(pod.namespace, label, value);
        const known = this.#pods.get(key);
        if (known === undefined) this.#pods.set(key, [pod]);
        else known.push(pod);
      }
    }
  }

  /** Pods of its namespace that have all labels of its selector. */
  find({ namespace, selector }: Service): readonly Pod[] {
    const [first, ...others] = Object.entries(selector);
    if (first === undefined) return [];
    const pods = this.#pods.get(keyOf(namespace, first[0], first[1])) ?? [];
    return pods.filter(({ labels }) => others.every(([label, value]) => labels[label] === value));
  }
}

function keyOf(namespace: string, label: string, value: string): string {
  return `${namespace}\n${label}\n${value}`;
}
