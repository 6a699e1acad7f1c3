/** Where sockets and packets are, in an agent's words: boot and network namespace (docs/wire.md §13, X_LOCATION). */
import { readFileSync, statSync } from 'node:fs';

/** This host and network namespace; null where /proc is hidden. */
export function ownLocation(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${boot}/${statSync('/proc/self/ns/net').ino}`;
  } catch {
    return null;
  }
}

/** Of a location the part that all network namespaces of a host share. */
export function hostOf(location: string): string {
  const slash = location.indexOf('/');
  return slash < 0 ? location : location.slice(0, slash);
}
