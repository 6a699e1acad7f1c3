/** cgroup paths of containers, as the runtimes, kubelet and systemd name them (docs/containers.md has the forms). */
import { namedByContainerd } from './plain-containerd.js';
import type { ContainerReference, RuntimeName } from './reference.js';

/** PATH_MAX. What is deeper is in whatever its beginning is in. */
const MAX_PATH = 4096;

/** An id, with something around it or alone in its directory's name: `docker-….scope`, `system.slice:docker:…`. */
const DIGITS = /[0-9a-f]{64,}/;
const ID_LENGTH = 64;
/** `pod<uid>` (cgroupfs) or `kubepods-burstable-pod<uid>.slice` (systemd, dashes written as `_`). */
const POD =
  /^(?:.*-)?pod([0-9a-f]{8}([-_])[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{4}\2[0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
const USER_INSTANCE = /^user@(\d{1,10})\.service$/;
/** BuildKit's ids: 25 digits of base 36. */
const BUILD_STEP = /^[0-9a-z]{25}$/;

/** Names that hold an id which is not a container's: the runtimes' watchers, and the pods of podman. */
const NOT_A_CONTAINER = /(?:^|[-:])conmon[-:]$|libpod_pod_$/;

const RUNTIME_BY_PREFIX: readonly (readonly [RegExp, RuntimeName])[] = [
  [/(?:^|[-:])docker[-:]$/, 'docker'],
  [/(?:^|[-:])cri-containerd[-:]$/, 'containerd'],
  [/(?:^|[-:])nerdctl[-:]$/, 'containerd'],
  [/(?:^|[-:])crio[-:]$/, 'cri-o'],
  [/(?:^|[-:])libpod(?:-payload)?[-:]$/, 'podman'],
];

const RUNTIME_BY_PARENT = new Map<string | undefined, RuntimeName>([
  ['docker', 'docker'],
  // containerd's namespace that belongs to dockerd.
  ['moby', 'docker'],
  ['default', 'containerd'],
  ['k8s.io', 'containerd'],
]);

/**
 * The innermost container on a cgroup's path, as /proc/PID/cgroup or a walk of the tree gives it, absolute or relative
 * to a cgroup namespace (`/../…`). Cgroups below the container's own belong to it (`…/docker-<id>.scope/init.scope`).
 * Null for what is in no container: services, sessions, virtual machines, LXC and systemd-nspawn machines, and the
 * runtimes' own helpers, unless they are inside another container.
 */
export function readCgroupPath(path: string): ContainerReference | null {
  const directories = path
    .slice(0, MAX_PATH)
    // The kernel adds it to the path of a cgroup that was removed while processes were still in it.
    .replace(/ \(deleted\)$/, '')
    .split('/')
    .filter((directory) => directory !== '' && directory !== '..');
  const innermost = innermostOf(directories);
  if (innermost !== null) return innermost;
  const named = namedByContainerd(directories);
  return named === null ? null : { ...named, ...surroundings(directories, directories.length), outer: null };
}

function innermostOf(directories: readonly string[]): ContainerReference | null {
  for (let at = directories.length - 1; at >= 0; at--) {
    const found = readDirectory(directories, at);
    if (found === null) continue;
    return { ...found, ...surroundings(directories, at), outer: innermostOf(directories.slice(0, at)) };
  }
  return null;
}

/** What a directory's own name says, and that of the directory it is in. */
type OwnName = Omit<ContainerReference, 'podUid' | 'user' | 'outer'>;

function readDirectory(directories: readonly string[], at: number): OwnName | null {
  const directory = directories[at]!;
  const parent = directories[at - 1];
  // Most are shorter, and this is asked for every process.
  const match = directory.length < ID_LENGTH ? null : DIGITS.exec(directory);
  if (match === null) return parent === 'buildkit' ? readBuildStep(directory, directories[at - 2]) : null;
  const [id] = match;
  if (id.length > ID_LENGTH) return null;
  const before = directory.slice(0, match.index);
  const after = directory.slice(match.index + ID_LENGTH);
  // Services and mounts have ids in their names too: health checks of podman, old docker's overlay mounts.
  if ((after !== '' && after !== '.scope') || NOT_A_CONTAINER.test(before)) return null;
  if (before !== '') {
    const runtime = RUNTIME_BY_PREFIX.find(([prefix]) => prefix.test(before))?.[1] ?? null;
    return { id, runtime, containerdNamespace: null, certain: runtime !== null };
  }
  // podman's containers there are called libpod-<id>; a bare id is a pod's.
  if (parent === 'libpod_parent') return null;
  const runtime = RUNTIME_BY_PARENT.get(parent) ?? null;
  return { id, runtime, containerdNamespace: runtime === 'containerd' ? parent! : null, certain: true };
}

/** Commands of a Dockerfile while an image is built. No runtime knows their names. */
function readBuildStep(directory: string, grandparent: string | undefined): OwnName | null {
  if (!BUILD_STEP.test(directory)) return null;
  const runtime = grandparent === 'docker' ? 'docker' : null;
  return { id: directory, runtime, containerdNamespace: null, certain: true };
}

/** What the directories to the left say of what is in them; the nearest pod counts. */
function surroundings(
  directories: readonly string[],
  containerAt: number,
): Pick<ContainerReference, 'podUid' | 'user'> {
  let podUid: string | null = null;
  let user: number | null = null;
  for (let at = Math.min(containerAt, directories.length - 1); at >= 0; at--) {
    const directory = directories[at]!;
    if (podUid === null && directory.includes('pod')) podUid = podUidOf(directory);
    if (directory.startsWith('user@')) user = userOf(directory) ?? user;
  }
  return { podUid, user };
}

function podUidOf(directory: string): string | null {
  // `kubepods-pod<uid>.slice:cri-containerd:<id>`: a systemd name that a runtime took for a plain directory's.
  return POD.exec(directory.split(':', 1)[0]!)?.[1]?.replaceAll('_', '-') ?? null;
}

function userOf(directory: string): number | null {
  const uid = USER_INSTANCE.exec(directory)?.[1];
  return uid === undefined ? null : Number(uid);
}
