/** Which network interfaces of hosts, in the order in which people look for them. */
import type { CountersQuery, HostInterfaceInfo } from '@packetless/live';
import type { Interface } from '../interfaces/interface.js';
import type { HostInterface } from './host-interfaces.js';

interface Found {
  readonly each: HostInterface;
  readonly interfaceName: string;
}

/** By host, its own namespace first, then by number. */
export function hostInterfaces(
  interfaces: readonly Interface[],
  { agent }: CountersQuery,
): HostInterfaceInfo[] {
  const found: Found[] = [];
  for (const { name, hostInterfaces: table } of interfaces) {
    for (const each of table.all()) {
      if (agent === undefined || agent === each.agent.id || agent === each.agent.witness.name) {
        found.push({ each, interfaceName: name });
      }
    }
  }
  return found.sort(compare).map(({ each, interfaceName }) => each.info(interfaceName));
}

function compare({ each: a }: Found, { each: b }: Found): number {
  const [x, y] = [a.event, b.event];
  return (
    compareTexts(a.agent.witness.name, b.agent.witness.name) ||
    compareTexts(x.namespace ?? '', y.namespace ?? '') ||
    compareTexts(x.location ?? '', y.location ?? '') ||
    x.index - y.index ||
    compareTexts(a.id, b.id)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
