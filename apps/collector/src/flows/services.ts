/** Names of services that addresses stand for, as an orchestrator knows them. */
export interface Services {
  /** Grows whenever a name or an address changes. */
  readonly revision: number;
  /** `namespace/name` each; mostly one or none. */
  servicesAt(address: string): readonly string[];
}

export const NO_SERVICES: Services = { revision: 0, servicesAt: () => [] };
