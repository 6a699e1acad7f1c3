import { addressOf, type Family, type Host, LOOPBACK } from '../network.js';
import type { Row } from '../row.js';

export const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];

/** The same rows for IPv4 and IPv6. */
export function forBothFamilies(make: (family: Family) => readonly Row[]): readonly Row[] {
  return FAMILIES.flatMap((family) =>
    make(family).map((row) => ({
      ...row,
      name: `${row.name}/${family}`,
      title: `${row.title}, ${FAMILY_NAMES[family]}`,
    })),
  );
}

const FAMILY_NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** Where `client` reaches `server`; loopback when they are one host. */
export function serverAddress(client: Host, server: Host, family: Family): string {
  return client === server ? LOOPBACK[family] : addressOf(server, client, family);
}
