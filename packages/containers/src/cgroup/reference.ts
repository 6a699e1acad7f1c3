/** What the path of a cgroup says of the container that its processes are in. */

/** Names of runtimes as events carry them. */
export type RuntimeName = 'docker' | 'containerd' | 'cri-o' | 'podman';

export interface ContainerReference {
  /** 64 hex digits; for plain containerd whatever its user called it. */
  readonly id: string;
  /** Null where paths of several runtimes look so. */
  readonly runtime: RuntimeName | null;
  /** Of the pod that the container is in, with dashes; static pods have 32 hex digits without. */
  readonly podUid: string | null;
  /** containerd's own namespace (`default`, `k8s.io`), where the path tells; nothing to do with Kubernetes's. */
  readonly containerdNamespace: string | null;
  /** Whose systemd user instance the path lies in: that user may make any path there. Null elsewhere. */
  readonly user: number | null;
  /** The container that it is in, as that of a node of kind; what is in there may make any path below. Null for most. */
  readonly outer: ContainerReference | null;
  /** False: other programs name cgroups so too, and only a runtime can tell whether this is a container. */
  readonly certain: boolean;
}
