/** Which network interfaces of hosts, in the order in which people look for them. */
import type { Counters, CountersQuery } from '@packetless/live';
import type { Interface } from '../interfaces/interface.js';
import type { HostInterface } from './host-interfaces.js';

interface Found {
  readonly each: HostInterface;
  readonly interfaceName: string;
}

/** Those of the window, by host, its own namespace first, then by number; and how many there are. */
export function hostInterfaces(
  interfaces: readonly Interface[],
  { agent, scope, offset, limit }: CountersQuery,
): Counters {
  const found: Found[] = [];
  for (const { name, hostInterfaces: table } of interfaces) {
    for (const each of table.all()) {
      const wanted = agent === undefined || agent === each.agent.id || agent === each.agent.witness.name;
      if (wanted && isInScope(each, scope)) found.push({ each, interfaceName: name });
    }
  }
  const window = found.sort(compare).slice(offset, offset + limit);
  return { total: found.length, counters: window.map(({ each, interfaceName }) => each.info(interfaceName)) };
}

function isInScope({ event }: HostInterface, scope: CountersQuery['scope']): boolean {
  return scope === 'all' || (event.namespace === null) === (scope === 'own');
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
