/** Observations for tests to vary. */
import type { Observation } from '@packetless/model';

export const T0 = 1_795_312_266_000;
/** An end of which nothing but its address is known. */
export const BARE = { process: null, container: null, tcp: null };

export type GivenObservation = Partial<Omit<Observation, 'client' | 'server'>> & {
  client?: Partial<Observation['client']>;
  server?: Partial<Observation['server']>;
};

/** Agent a sees 10.0.0.1:40000 → 10.0.0.2:443 and knows nothing else of it. */
export function observed({ client, server, ...given }: GivenObservation = {}): Observation {
  return {
    witness: { kind: 'agent', name: 'host-a', id: 'a' },
    time: T0,
    protocol: 6,
    client: { address: '10.0.0.1', port: 40_000, ...BARE, ...client },
    server: { address: '10.0.0.2', port: 443, ...BARE, ...server },
    side: null,
    oriented: true,
    interfaceName: null,
    location: null,
    socket: null,
    handshake: null,
    translated: null,
    state: null,
    counters: null,
    connectLatencyMs: null,
    retransmits: null,
    failure: null,
    reason: null,
    additional: null,
    vlan: null,
    since: null,
    began: false,
    ended: false,
    corrected: false,
    ...given,
  };
}
