/** Names of hosts, as their packets tell them. */
export interface Hostnames {
  /** Grows whenever an address is called something else. */
  readonly revision: number;
  /** Null: nobody said. */
  hostnameAt(address: string): string | null;
}

export const NO_HOSTNAMES: Hostnames = { revision: 0, hostnameAt: () => null };
