/** Where runtimes have their sockets. */
import { readdir } from 'node:fs/promises';
import type { SocketKind, SocketPaths } from './status.js';

/** Of the host's own runtimes, as their packages and distributions set them. */
const USUAL: Required<SocketPaths> = {
  docker: ['/var/run/docker.sock'],
  cri: [
    '/run/containerd/containerd.sock',
    '/run/k3s/containerd/containerd.sock',
    '/var/snap/microk8s/common/run/containerd.sock',
    '/run/crio/crio.sock',
  ],
  podman: ['/run/podman/podman.sock'],
};

/** Of users' own runtimes, below the directory of each that is logged in. */
const USERS = '/run/user';
const OF_A_USER: { readonly [kind in SocketKind]?: string } = {
  docker: 'docker.sock',
  podman: 'podman/podman.sock',
};
/** A bound, because anything may be found there. */
const MAX_USERS = 64;
const USER_ID = /^\d{1,10}$/;

export interface Place {
  readonly path: string;
  readonly kind: SocketKind;
  /** Named by whoever runs us. */
  readonly isTrusted: boolean;
  /** Whose it has to be; null: anybody's. */
  readonly user: number | null;
}

/** What was asked for, and the usual places of what was not. */
export function placesOf(sockets: SocketPaths): readonly Place[] {
  const kinds = Object.keys(USUAL) as SocketKind[];
  return kinds.flatMap((kind) =>
    (sockets[kind] ?? USUAL[kind]).map((path) => ({
      path,
      kind,
      isTrusted: sockets[kind] !== undefined,
      user: null,
    })),
  );
}

/** Of the users that are logged in now. */
export async function placesOfUsers(sockets: SocketPaths): Promise<readonly Place[]> {
  const users = await readdir(USERS).catch(() => []);
  const places: Place[] = [];
  for (const user of users.filter((name) => USER_ID.test(name)).slice(0, MAX_USERS)) {
    for (const kind of Object.keys(OF_A_USER) as SocketKind[]) {
      if (sockets[kind] !== undefined) continue;
      places.push({
        path: `${USERS}/${user}/${OF_A_USER[kind]}`,
        kind,
        isTrusted: false,
        user: Number(user),
      });
    }
  }
  return places;
}
