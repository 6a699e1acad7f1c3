/** Where a process is packed in: a container, and the pod that it belongs to. */

/** A container as its runtime or orchestrator names it. What is not known (yet) is null. */
export interface Container {
  /** 64 hex digits, or the shorter form that a peer sent; what plain containerd calls it may be any text. */
  readonly id: string;
  /** For Kubernetes the container's name within its pod. */
  readonly name: string | null;
  /** `docker`, `containerd`, `cri-o` or `podman`. */
  readonly runtime: string | null;
  readonly image: string | null;
  /** A pod of Kubernetes or of podman. */
  readonly pod: string | null;
  readonly podUid: string | null;
  /** The Kubernetes namespace. */
  readonly namespace: string | null;
  /** What keeps the pod running, kind and name: `Deployment/kube-dns`. */
  readonly workload: string | null;
  /** The process that only holds a pod's namespaces open (pause): the pod itself, none of its containers. */
  readonly isSandbox: boolean;
  readonly labels: { readonly [key: string]: string };
}

/** A container of which only the id is known. */
export function containerOfId(id: string): Container {
  return {
    id,
    name: null,
    runtime: null,
    image: null,
    pod: null,
    podUid: null,
    namespace: null,
    workload: null,
    isSandbox: false,
    labels: NO_LABELS,
  };
}

const NO_LABELS: Container['labels'] = {};

/** As the runtimes' own tools show ids. */
const SHORT_ID = 12;

/**
 * What people call it: `web`, `kube-system/kube-dns-x/dnsmasq`, a pod's own process by its pod; twelve digits of the id
 * where there is no name yet. Others' text, not made inert.
 */
export function containerName({ id, name, pod, namespace }: Container): string {
  const own = name ?? (pod === null ? id.slice(0, SHORT_ID) : null);
  return [namespace, pod, own].filter((part) => part !== null).join('/');
}
