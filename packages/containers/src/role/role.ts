/** Processes that work for containers and are none of their own. */
import { portForward } from './port-forward.js';

export interface RoleOfProcess {
  /** The last part of the executable's path, else the kernel's 15-character name. */
  readonly name: string;
  readonly argv: readonly string[];
}

const ROLES = new Map([
  ['conmon', 'watches over a container (conmon)'],
  ['pause', "holds a pod's namespaces open (pause)"],
  ['aardvark-dns', 'answers DNS for containers (aardvark-dns)'],
  ['slirp4netns', 'connects rootless containers to the network (slirp4netns)'],
  ['pasta', 'connects rootless containers to the network (pasta)'],
  // The same program with instructions for newer processors, which it becomes by itself.
  ['pasta.avx2', 'connects rootless containers to the network (pasta)'],
  ['rootlesskit', 'connects rootless containers to the network (rootlesskit)'],
  ['rootlessport', 'forwards ports to rootless containers (rootlessport)'],
]);

/** `containerd-shim-runc-v2`, and those of other low-level runtimes; the kernel's own name for it is cut. */
const SHIM = /^containerd-shim(?:-[a-z0-9-]*)?$/;

/** In a few words; null for all others. What a runtime's daemon does depends on the socket, so it has none here. */
export function roleOf({ name, argv }: RoleOfProcess): string | null {
  if (name === 'docker-proxy' || name === 'rootlesskit-docker-proxy') return portForward(name, argv);
  if (SHIM.test(name)) return 'watches over containers (containerd-shim)';
  return ROLES.get(name) ?? null;
}
