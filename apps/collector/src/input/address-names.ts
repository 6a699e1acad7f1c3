/** What addresses are called: the latest answer of DNS, or what a host called itself when it asked for its address. */
import type { LedgerSnapshot, Milliseconds } from '@packetless/model';
import type { Hostnames } from '../flows/hostnames.js';

/** Of either, how long it is believed after it was told; who goes on using a name asks for it again. */
export const DNS_SPAN_MS: Milliseconds = 3_600_000;
export const DHCP_SPAN_MS: Milliseconds = 86_400_000;
/** All are looked at then, about two milliseconds. */
const SWEEP_MS: Milliseconds = 60_000;
/** About 15 MB. */
const MOST_ADDRESSES = 65_536;

export interface ToldAddress {
  readonly kind: 'dns' | 'dhcp';
  readonly name: string;
  readonly address: string;
  /** Epoch milliseconds, of the packet. */
  readonly time: number;
}

interface Known {
  readonly name: string;
  readonly until: number;
}

export interface AddressNamesOptions {
  readonly mostAddresses?: number;
  /** Whether names grow old; those of a file belong to the conversations in it for ever. Default true. */
  readonly expires?: boolean;
}

/** Of a fixed number of addresses; the one that nobody spoke of the longest gives way. */
export class AddressNames implements Hostnames {
  /** The one that was told of the latest stands last. */
  readonly #known = new Map<string, Known>();
  readonly #most: number;
  readonly #expires: boolean;
  #now = 0;
  #sweepAt = 0;
  #revision = 0;
  #begun = 0;
  #expired = 0;
  #evicted = 0;

  constructor({ mostAddresses = MOST_ADDRESSES, expires = true }: AddressNamesOptions = {}) {
    this.#most = mostAddresses;
    this.#expires = expires;
  }

  get revision(): number {
    return this.#revision;
  }

  hostnameAt(address: string): string | null {
    const known = this.#known.get(address);
    return known === undefined || known.until < this.#now ? null : known.name;
  }

  learn({ kind, name, address, time }: ToldAddress): void {
    const before = this.hostnameAt(address);
    if (!this.#known.delete(address)) this.#begun++;
    const span = kind === 'dns' ? DNS_SPAN_MS : DHCP_SPAN_MS;
    this.#known.set(address, { name, until: this.#expires ? time + span : Number.POSITIVE_INFINITY });
    if (before !== name) this.#revision++;
    if (this.#known.size <= this.#most) return;
    this.#known.delete(this.#known.keys().next().value!);
    this.#evicted++;
    this.#revision++;
  }

  /** It is `now` at least, epoch milliseconds. Lets names go that are too old, by the minute. */
  expire(now: number): void {
    this.#now = Math.max(this.#now, now);
    if (this.#now < this.#sweepAt) return;
    this.#sweepAt = this.#now + SWEEP_MS;
    for (const [address, { until }] of this.#known) {
      if (until >= this.#now) continue;
      this.#known.delete(address);
      this.#expired++;
      this.#revision++;
    }
  }

  /** Addresses: called something, no longer, or gone early because there were too many; in flight are those known now. */
  ledger(): LedgerSnapshot {
    const dropped: LedgerSnapshot['dropped'] = this.#evicted === 0 ? {} : { 'evicted early': this.#evicted };
    const inFlight = this.#known.size;
    return { hop: 'names of addresses', seen: this.#begun, delivered: this.#expired, dropped, inFlight };
  }
}
