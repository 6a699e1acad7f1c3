/** What is read of Kubernetes' objects; whatever else they hold is left out. Null for what is none. */
import type { Container } from '@packetless/model';

/** As for what agents tell (docs/wire.md §12). */
const MAX_NAME = 256;
const MAX_LABELS = 32;
const MAX_IMAGE = 512;
const MAX_ADDRESSES = 16;
const MAX_CONTAINERS = 64;

export interface Owner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface Metadata {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Container['labels'];
  /** Who controls it; null for nobody. */
  readonly owner: Owner | null;
  readonly resourceVersion: string | null;
}

export interface Pod extends Metadata {
  /** Its own; none for a pod in its host's network. */
  readonly addresses: readonly string[];
  /** By id, those that have been started. */
  readonly containers: ReadonlyMap<string, PodContainer>;
}

export interface PodContainer {
  readonly name: string | null;
  readonly image: string | null;
}

export interface Service extends Metadata {
  /** Those that stand for all its pods. */
  readonly addresses: readonly string[];
  /** Labels of its pods; empty: it chooses none. */
  readonly selector: Container['labels'];
}

type Json = { readonly [key: string]: unknown };

export function readMetadata(value: unknown): Metadata | null {
  const metadata = member(value, 'metadata');
  if (metadata === null) return null;
  const [uid, name] = [text(metadata.uid), text(metadata.name)];
  if (uid === null || name === null) return null;
  return {
    uid,
    name,
    namespace: text(metadata.namespace) ?? '',
    labels: readLabels(metadata.labels),
    owner: readOwner(metadata.ownerReferences),
    resourceVersion: text(metadata.resourceVersion),
  };
}

export function readPod(value: unknown): Pod | null {
  const metadata = readMetadata(value);
  if (metadata === null) return null;
  const [spec, status] = [member(value, 'spec'), member(value, 'status')];
  const containers = readContainers(status);
  // Of a pod that has ended its address may be another's.
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (spec?.hostNetwork === true || ended) return { ...metadata, addresses: [], containers };
  const listed = list(status?.podIPs).map((each) => (isObject(each) ? each.ip : null));
  return { ...metadata, addresses: addresses([status?.podIP, ...listed]), containers };
}

/** `containerd://275d…` is the id that the container's runtime gave it. */
function readContainers(status: Json | null): Map<string, PodContainer> {
  const containers = new Map<string, PodContainer>();
  for (const kind of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']) {
    for (const each of list(status?.[kind])) {
      if (!isObject(each) || containers.size === MAX_CONTAINERS) continue;
      const id = /^[\w.-]+:\/\/(.+)$/.exec(text(each.containerID) ?? '')?.[1];
      if (id !== undefined) containers.set(id, { name: text(each.name), image: text(each.image, MAX_IMAGE) });
    }
  }
  return containers;
}

export function readService(value: unknown): Service | null {
  const metadata = readMetadata(value);
  if (metadata === null) return null;
  const spec = member(value, 'spec');
  const ingress = list(member(member(value, 'status'), 'loadBalancer')?.ingress).map((each) =>
    isObject(each) ? each.ip : null,
  );
  return {
    ...metadata,
    addresses: addresses([
      spec?.clusterIP,
      ...list(spec?.clusterIPs),
      ...list(spec?.externalIPs),
      ...ingress,
    ]),
    selector: readLabels(spec?.selector),
  };
}

function readOwner(value: unknown): Owner | null {
  for (const each of list(value)) {
    if (!isObject(each) || each.controller !== true) continue;
    const [kind, name, uid] = [text(each.kind), text(each.name), text(each.uid)];
    if (kind !== null && name !== null && uid !== null) return { kind, name, uid };
  }
  return null;
}

function readLabels(value: unknown): Container['labels'] {
  const labels: { [key: string]: string } = {};
  if (!isObject(value)) return labels;
  let count = 0;
  for (const key in value) {
    const label = value[key];
    if (count === MAX_LABELS) break;
    if (typeof label !== 'string' || key === '__proto__' || key.length > MAX_NAME) continue;
    labels[key] = label.slice(0, MAX_NAME);
    count++;
  }
  return labels;
}

/** `None` is what a service without one has. */
function addresses(values: readonly unknown[]): string[] {
  const known = values.filter(
    (value): value is string => typeof value === 'string' && /^[\d.]+$|:/.test(value),
  );
  return [...new Set(known)].slice(0, MAX_ADDRESSES);
}

function text(value: unknown, most = MAX_NAME): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, most) : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function member(value: unknown, key: string): Json | null {
  const found = isObject(value) ? value[key] : null;
  return isObject(found) ? found : null;
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
