/** Shows what comes in by one interface on all interfaces that it belongs to (delivery.ts), on each once. */
import { isLoopbackText, type Observation } from '@packetless/model';
import type { Agent } from '../agents/agent.js';
import type { Translations } from '../translations/translations.js';
import { isDeliveredTo, type Target } from './delivery.js';
import type { HostEvent, Interface } from './interface.js';
import type { InterfaceSettings } from './interface-settings.js';

interface InterfaceTarget extends Target {
  readonly interface: Interface;
}

export class Dispatcher {
  readonly #targets = new Map<Interface, readonly InterfaceTarget[]>();
  #revision = -1;

  constructor(
    private readonly interfaces: readonly Interface[],
    private readonly settings: Pick<InterfaceSettings, 'revision' | 'isMirrored' | 'companionsOf'>,
    private readonly translations: Translations,
  ) {}

  /** What packets show stays on their own interface; what agents tell is also delivered. */
  dispatch(observation: Observation, origin: Interface): void {
    if (observation.translated !== null) this.translations.hearOf(observation, Date.now());
    origin.observe(observation);
    const { interfaceName, location, client, server } = observation;
    for (const target of this.#targetsOf(origin)) {
      const loopback = isLoopbackText(client.address) || isLoopbackText(server.address);
      if (!isDeliveredTo({ interfaceName, loopback, location }, target)) continue;
      if (target.interface.takeDelivered(observation, origin))
        origin.table.markShownBy(target.interface.table);
    }
  }

  /**
   * What an agent tells of its host belongs to its own interface; names of containers to all that show them, and
   * translations of addresses to whatever is seen of the same conversations, packets of its host as well.
   */
  dispatchHost(event: HostEvent, agent: Agent, origin: Interface, now: number): void {
    if (event.type === 'translations') {
      this.translations.hear(event, agent.witness.id, now);
      return;
    }
    origin.observeHost(event, agent, now);
    if (event.type !== 'containers') return;
    for (const target of this.#targetsOf(origin)) {
      target.interface.containers.hearOfKnown(event, agent.witness, now);
    }
  }

  #targetsOf(origin: Interface): readonly InterfaceTarget[] {
    if (this.#revision !== this.settings.revision) {
      this.#revision = this.settings.revision;
      this.#targets.clear();
    }
    let targets = this.#targets.get(origin);
    if (targets === undefined) {
      targets = this.#findTargets(origin);
      this.#targets.set(origin, targets);
    }
    return targets;
  }

  #findTargets(origin: Interface): readonly InterfaceTarget[] {
    if (origin.kind !== 'zmq') return [];
    const companions = this.settings.companionsOf(origin);
    return this.interfaces
      .filter((each) => each !== origin && each.kind === 'packets')
      .map((each) => ({
        interface: each,
        name: each.name,
        mirrored: this.settings.isMirrored(each.name),
        companion: companions.includes(each.name),
        location: each.input.location ?? null,
      }));
  }
}
