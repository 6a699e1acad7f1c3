/**
 * Behind translations a conversation may pass one capture by several legs, one after the other: which leg counts its
 * sent bytes and which one the received, in one number. Legs are known by the hash of the ends that their packets bear.
 */

/** So many bits of each hash, so that both have room in a double. */
const LEGS = 2 ** 26;
/** No leg has this. */
export const NO_LEG = 0;

export function legOf(hash: number): number {
  return (hash % LEGS) | 1;
}

/** `packed` NaN: none yet. */
export function unpackLegs(packed: number): readonly [sends: number, receives: number] {
  return Number.isNaN(packed) ? [NO_LEG, NO_LEG] : [Math.floor(packed / LEGS), packed % LEGS];
}

export function packLegs(sends: number, receives: number): number {
  return sends * LEGS + receives;
}

/** The same with client and server exchanged. */
export function flipLegs(packed: number): number {
  const [sends, receives] = unpackLegs(packed);
  return Number.isNaN(packed) ? packed : packLegs(receives, sends);
}
