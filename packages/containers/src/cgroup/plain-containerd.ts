/** Containers that were given to containerd itself, under a name: `ctr run … web`. */
import type { ContainerReference } from './reference.js';

/** containerd's rule for identifiers, and its bound. */
const IDENTIFIER = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const MAX_IDENTIFIER = 76;
const UNIT = /\.(?:slice|scope|service|mount|socket|swap)$/;

/** The namespace that ctr and nerdctl use unless told otherwise, and that of the CRI. */
const USUAL_NAMESPACES: ReadonlySet<string> = new Set(['default', 'k8s.io']);
/** Directories of others, in which nothing is named so. */
const OTHERS: ReadonlySet<string> = new Set([
  'docker',
  'buildkit',
  'kubepods',
  'libpod_parent',
  'lxc',
  'machine',
  'user',
]);

/**
 * `/NAMESPACE/NAME` is how containerd calls the cgroup of such a container. Anybody may call a cgroup so: without asking
 * it is believed only at the root of the tree, below the usual namespaces.
 */
export function namedByContainerd(
  directories: readonly string[],
): Omit<ContainerReference, 'podUid' | 'user' | 'outer'> | null {
  const usual = directories.findIndex((directory) => USUAL_NAMESPACES.has(directory));
  const at = Math.max(usual, 0);
  const [namespace, id] = directories.slice(at, at + 2);
  if (!isIdentifier(namespace) || !isIdentifier(id) || OTHERS.has(namespace) || OTHERS.has(id)) return null;
  return { id, runtime: 'containerd', containerdNamespace: namespace, certain: usual === 0 };
}

function isIdentifier(directory: string | undefined): directory is string {
  return (
    directory !== undefined &&
    directory.length <= MAX_IDENTIFIER &&
    IDENTIFIER.test(directory) &&
    !UNIT.test(directory)
  );
}
