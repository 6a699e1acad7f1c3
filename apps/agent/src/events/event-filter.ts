/** The filter language for this agent's events. */
import {
  compileEventFilter,
  type EventFilter,
  type FilterNode,
  isLocalTo,
  mentionedFields,
  PRIVATE_NETWORKS,
  parseNetwork,
} from '@packetless/model';
import { ownAddresses } from '../identity/exporter.js';
import { Durations } from './durations.js';

/**
 * Null for no filter. Local is what a collector takes for local unless it is told: private networks and the host's own
 * addresses. The filter is to be shown every conversation event, in order, since it may ask how old one is.
 */
export function eventFilter(
  node: FilterNode | null,
  self: { readonly agent: string; readonly name: string },
): EventFilter | null {
  if (node === null) return null;
  const durations = new Durations();
  const networks = [...PRIVATE_NETWORKS, ...ownAddresses()].map((text) => parseNetwork(text));
  let age: number | null = null;
  const filter = compileEventFilter(node, {
    isLocal: isLocalTo(networks.filter((network) => network !== null)),
    witnessName: (agent) => (agent === self.agent ? self.name : null),
    durationOf: () => age,
  });
  if (!mentionedFields(node).has('duration')) return filter;
  return {
    ...filter,
    conversation: (event) => {
      age = durations.observe(event);
      return filter.conversation(event);
    },
  };
}
