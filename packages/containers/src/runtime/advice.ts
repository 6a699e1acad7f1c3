/** What to do when a runtime cannot be asked. */
import type { SocketKind, SocketState } from './status.js';

const RUNTIMES: { readonly [kind in SocketKind]: string } = {
  docker: 'docker',
  cri: 'the container runtime',
  podman: "podman's service (podman.socket)",
};

/** Null where nothing needs to be done: most hosts have one runtime, or none. */
export function adviceOn(state: SocketState, kind: SocketKind): string | null {
  switch (state) {
    case 'denied':
      return kind === 'docker'
        ? 'run the agent as root, or add its user to the group docker (which is as good as root)'
        : 'run the agent as root: the socket is open to root only';
    case 'refused':
      return `see whether ${RUNTIMES[kind]} runs: nobody takes questions on its socket`;
    case 'silent':
      return `look whether ${RUNTIMES[kind]} is well; it is asked again by and by`;
    case 'not understood':
      return 'see which program has this socket; only docker, podman, containerd and CRI-O are understood';
    default:
      return null;
  }
}
