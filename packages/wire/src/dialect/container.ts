/** `*_CONTAINER` objects, in both shapes: id outside or inside `DOCKER` / `K8S` / `KUBE` (docs/wire.md §5.2). */
import { type Container, containerOfId as ofId } from '@packetless/model';
import { MAX_CONTAINER_ID, MAX_IMAGE, MAX_LABELS, MAX_NAME } from './limits.js';
import { isObject, type JsonObject, readText } from './value.js';

const NO_LABELS = {};

/** Null when the object names no container. */
export function readContainer(value: JsonObject | null): Container | null {
  if (value === null) return null;
  const docker = isObject(value.DOCKER) ? value.DOCKER : null;
  const pod = isObject(value.K8S) ? value.K8S : isObject(value.KUBE) ? value.KUBE : null;
  const id =
    readText(value.ID, MAX_CONTAINER_ID) ??
    readText(pod?.ID, MAX_CONTAINER_ID) ??
    readText(docker?.ID, MAX_CONTAINER_ID) ??
    '';
  const name = readText(pod?.NAME, MAX_NAME) ?? readText(docker?.NAME, MAX_NAME);
  const podName = readText(pod?.POD, MAX_NAME);
  if (id === '' && name === null && podName === null) return null;
  return {
    id,
    name,
    runtime:
      value.RUNTIME === undefined ? (docker === null ? null : 'docker') : readText(value.RUNTIME, MAX_NAME),
    image: readText(value.IMAGE, MAX_IMAGE),
    pod: podName,
    podUid: readText(value.POD_UID, MAX_NAME),
    namespace: readText(pod?.NS, MAX_NAME),
    workload: readText(value.WORKLOAD, MAX_NAME),
    isSandbox: value.SANDBOX === 1,
    labels: isObject(value.LABELS) ? readLabels(value.LABELS) : NO_LABELS,
  };
}

/** The flat dialect knows a container by its id only. */
export function containerOfId(id: string | null): Container | null {
  return id === null ? null : ofId(id);
}

function readLabels(value: JsonObject): { readonly [key: string]: string } {
  const labels: { [key: string]: string } = {};
  let count = 0;
  for (const key in value) {
    if (count === MAX_LABELS) break;
    const text = value[key];
    if (typeof text !== 'string' || key === '__proto__' || key.length > MAX_NAME) continue;
    labels[key] = readText(text, MAX_NAME) ?? '';
    count++;
  }
  return labels;
}
