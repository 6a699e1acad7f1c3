/** Which flows of a table a translation of addresses may be meant by. */
import { type EndAddress, type FilterEnd, parseAddressInto } from '@packetless/model';
import {
  CLOCKS_DIFFER_MS,
  isOwnDatagrams,
  type KnownTranslation,
  NOT_MEANT,
  nearness,
} from '../translations/known-translation.js';
import type { FlowStore } from './flow-store.js';
import { storedSide } from './matching.js';
import {
  CLAIMED,
  CLIENT,
  ENDED,
  FIRST_SEEN,
  HOST_INTERNAL,
  LAST_SEEN,
  LOCATION,
  ORIENTED,
  SERVER,
  type SideIndex,
} from './record-layout.js';

/** How near a flow is that has the addresses behind the translation. `reversed`: it calls client whom that calls server. */
export function nearnessBehind(
  store: FlowStore,
  slot: number,
  reversed: boolean,
  translation: KnownTranslation,
): number {
  const client = storedSide(CLIENT, reversed)!;
  if (store.flag(slot, CLAIMED << client)) {
    // A client's socket has the addresses before all translations: these are its own.
    const near = nearness(translation, store.locations.get(store.word(slot, LOCATION + client)), true);
    if (!isOwnDatagrams(translation.protocol, near)) return NOT_MEANT;
  }
  const { began } = translation;
  if (began !== null && store.number(slot, FIRST_SEEN) < began - CLOCKS_DIFFER_MS) return NOT_MEANT;
  return nearnessOf(store, slot, reversed, translation, storedSide(SERVER, reversed)!);
}

/** How near a flow is that has the addresses before it. */
export function nearnessBefore(
  store: FlowStore,
  slot: number,
  reversed: boolean,
  translation: KnownTranslation,
): number {
  return nearnessOf(store, slot, reversed, translation, storedSide(CLIENT, reversed)!);
}

function nearnessOf(
  store: FlowStore,
  slot: number,
  reversed: boolean,
  translation: KnownTranslation,
  side: SideIndex,
): number {
  const { began, ended } = translation;
  if (ended !== null && store.number(slot, FIRST_SEEN) > ended + CLOCKS_DIFFER_MS) return NOT_MEANT;
  const isOlder = began !== null && store.number(slot, LAST_SEEN) < began - CLOCKS_DIFFER_MS;
  if (isOlder && store.flag(slot, ENDED)) return NOT_MEANT;
  const other = storedSide(side, true)!;
  const reference = store.word(slot, LOCATION + side) || store.word(slot, LOCATION + other);
  const scope = store.translated.get(slot)?.scope ?? store.locations.get(reference);
  const near = nearness(translation, scope, store.flag(slot, HOST_INTERNAL));
  // Whoever translates a conversation knows who began it; a contradiction means two.
  const contradicts = reversed && store.flag(slot, ORIENTED);
  return contradicts && !isOwnDatagrams(translation.protocol, near) ? NOT_MEANT : near;
}

/** The ends that flows have behind translations of their addresses, to be asked one after another. */
export class EndsBehind implements FilterEnd {
  readonly bytes = new Uint8Array(16);
  readonly offset = 0;
  #end: EndAddress = { address: '', port: 0 };

  constructor(private readonly store: FlowStore) {}

  get port(): number {
    return this.#end.port;
  }

  text(): string {
    return this.#end.address;
  }

  /** Whether it holds for one of these ends; not for a flow that is not translated. */
  some(slot: number, sides: readonly SideIndex[], holds: (end: FilterEnd) => boolean): boolean {
    const translated = this.store.translated.get(slot);
    if (translated === undefined) return false;
    return sides.some((side) => {
      this.#end = side === CLIENT ? translated.after.client : translated.after.server;
      return parseAddressInto(this.#end.address, this.bytes, 0) && holds(this);
    });
  }
}
