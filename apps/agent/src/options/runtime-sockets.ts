/** `--runtime-socket`: where container runtimes are asked. */
import { isAbsolute } from 'node:path';
import { OptionsError } from './arguments.js';

const KINDS = ['docker', 'cri', 'podman'] as const;
export type RuntimeKind = (typeof KINDS)[number];

/** Paths of sockets by kind, instead of the usual ones; null: the usual ones of all kinds. */
export type RuntimeSockets = { readonly [kind in RuntimeKind]: readonly string[] } | null;

/** Throws `OptionsError`. */
export function parseRuntimeSockets(values: readonly string[]): RuntimeSockets {
  if (values.length === 0) return null;
  const sockets: { [kind in RuntimeKind]: string[] } = { docker: [], cri: [], podman: [] };
  if (values.length === 1 && values[0] === 'none') return sockets;
  for (const value of values) {
    const colon = value.indexOf(':');
    const kind = KINDS.find((known) => known === value.slice(0, colon));
    const path = value.slice(colon + 1);
    if (kind === undefined || !isAbsolute(path) || path.includes('\0')) {
      throw new OptionsError(
        `--runtime-socket "${value}": write docker:PATH, cri:PATH (containerd, CRI-O) or podman:PATH with an absolute path, or none alone`,
      );
    }
    sockets[kind].push(path);
  }
  return sockets;
}
