/** Names of network namespaces, for people. */
import { readdirSync, statSync } from 'node:fs';

const DIRECTORY = '/run/netns';
const REFRESH_MS = 5000;

/** `ip netns` names where there is one, `netns:4026532008` else; null for the host's own namespace. */
export class NamespaceNames {
  #names: ReadonlyMap<number, string> = new Map();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly own: number,
    private readonly now: () => number = Date.now,
    private readonly directory = DIRECTORY,
  ) {}

  of(netns: number): string | null {
    if (netns === this.own) return null;
    const now = this.now();
    if (now - this.#readAt >= REFRESH_MS) {
      this.#readAt = now;
      this.#names = this.#read();
    }
    return this.#names.get(netns) ?? `netns:${netns}`;
  }

  #read(): Map<number, string> {
    const names = new Map<number, string>();
    try {
      for (const name of readdirSync(this.directory)) {
        const inode = statSync(`${this.directory}/${name}`, { throwIfNoEntry: false })?.ino;
        if (inode !== undefined) names.set(inode, name);
      }
    } catch {
      // No namespace was ever named on this host.
    }
    return names;
  }
}
