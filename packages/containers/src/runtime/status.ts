/** How it stands with the runtimes of a host, for people: `doctor`, status, the page. */

/** Where to look for runtimes' sockets. A kind that is left out has its usual places, an empty list none. */
export interface SocketPaths {
  /** The Engine's API. */
  readonly docker?: readonly string[];
  /** Kubernetes's CRI, and containerd's own API: containerd, CRI-O, cri-dockerd. */
  readonly cri?: readonly string[];
  readonly podman?: readonly string[];
}

export type SocketKind = keyof SocketPaths;

/**
 * `absent`: there is no such socket. `denied`: we may not open it. `refused`: nobody listens there. `silent`: it is open
 * and does not answer in time. `not understood`: what answers is no runtime that we know. `not asked`: it was just found.
 */
export type SocketState =
  | 'answers'
  | 'absent'
  | 'denied'
  | 'refused'
  | 'silent'
  | 'not understood'
  | 'not asked';

export interface RuntimeStatus {
  readonly socket: string;
  readonly kind: SocketKind;
  readonly state: SocketState;
  /** What answers calls itself: `docker`, `containerd`, `cri-o`, `podman`, or another name; null when nothing does. */
  readonly runtime: string | null;
  readonly version: string | null;
  /** What is wrong, in a sentence; null when nothing is. */
  readonly problem: string | null;
  /** What to do about it. */
  readonly remedy: string | null;
}
