/** How containers, pods, namespaces and workloads are called. */
import type { ContainerGroup, ContainerGroupKind } from '@packetless/live';
import type { Container } from '@packetless/model';
import { shortId } from './container-search.js';
import { exact } from './quantity.js';
import { visibleText } from './visible-text.js';

/** Pod with namespace, else container name, else the start of its id. */
export function containerText(container: Container): string {
  const { pod, namespace, name, id } = container;
  if (pod !== null) return visibleText(namespace === null ? pod : `${namespace}/${pod}`);
  return visibleText(name ?? shortId(id));
}

/** For where there is little room: the container's name and its pod's, `dnsmasq · kube-dns-6bfb-jjt75`. */
export function briefContainerText({ name, pod, id, isSandbox }: Container): string {
  const parts = isSandbox ? [pod ?? name] : [name, pod === name ? null : pod];
  const known = parts.filter((part) => part !== null && part !== '');
  return visibleText(known.length > 0 ? known.join(' · ') : shortId(id));
}

/** All that tells it from others, a line each. */
export function containerTitle(container: Container): string {
  const { name, pod, namespace, workload, image, id, isSandbox } = container;
  const lines = [
    name === null || isSandbox ? null : `container ${name}`,
    pod === null ? null : `pod ${pod}`,
    namespace === null ? null : `namespace ${namespace}`,
    workload,
    image === null ? null : `image ${image}`,
    id === '' ? null : `id ${shortId(id)}`,
  ];
  return lines
    .filter((line) => line !== null)
    .map(visibleText)
    .join('\n');
}

export const KIND_NOUNS: { readonly [kind in ContainerGroupKind]: readonly [one: string, several: string] } =
  {
    containers: ['container', 'containers'],
    pods: ['pod', 'pods'],
    namespaces: ['namespace', 'namespaces'],
    workloads: ['workload', 'workloads'],
  };

/** Its name; a container without one by its id, a pod by its uid. */
export function groupName(
  group: Pick<ContainerGroup, 'name' | 'containerId' | 'pod' | 'podUid'>,
): string | null {
  const { name, containerId, pod, podUid } = group;
  if (name !== null && name !== '') return visibleText(name);
  if (containerId) return visibleText(shortId(containerId));
  const known = pod ?? podUid;
  return known === null ? null : visibleText(known);
}

/** `3 pods, 5 containers`. */
export function sizeText({ pods, containers }: Pick<ContainerGroup, 'pods' | 'containers'>): string {
  const parts =
    pods > 0 ? [some(pods, 'pod'), some(containers, 'container')] : [some(containers, 'container')];
  return parts.join(', ');
}

function some(count: number, noun: string): string {
  return `${exact(count)} ${count === 1 ? noun : `${noun}s`}`;
}
