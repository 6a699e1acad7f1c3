/** What the numbers that senders give their messages (docs/wire.md §2, msg_id) tell about those that never came. */
import type { Header } from '@packetless/wire';

/** Bounds on what invented numbers can occupy. */
const MAX_SOURCE_IDS = 1024;
const MAX_OWNERS_PER_SOURCE_ID = 32;

/**
 * No one loses so many messages between two that arrive: such a jump is a sender that numbers at random
 * (ntopng's own exporter leaves the field uninitialised).
 */
const IMPLAUSIBLE_GAP = 100_000_000;

export interface Gap<Owner> {
  /** Messages that were sent before this one and never came. */
  readonly missed: number;
  /** The sender began to count anew. */
  readonly restarted: boolean;
  /** Whose numbering it is; null when nobody said. */
  readonly owner: Owner | null;
}

/**
 * Follows the numbering of every source. A source is a source id *and* its owner, because 8-bit ids are
 * shared by chance as soon as there are a few dozen agents.
 */
export class Numbering<Owner extends object> {
  readonly #sources = new Map<number, Map<Owner | null, { last: number }>>();

  /** Takes note of one message; `owner` is null when its content does not say who sent it. */
  track({ layout, sourceId, messageId }: Header, owner: Owner | null): Gap<Owner> {
    // A v0 header has no number; the first real number is 1.
    if (layout === 'v0' || messageId === 0) return { missed: 0, restarted: false, owner };
    const owners = bounded(this.#sources, sourceId, MAX_SOURCE_IDS, () => new Map());
    const actual = owner === null ? closestOwner(owners, messageId) : owner;
    const known = owners.get(actual);
    if (known === undefined) {
      bounded(owners, actual, MAX_OWNERS_PER_SOURCE_ID, () => ({ last: messageId }));
      return { missed: 0, restarted: false, owner: actual };
    }
    const delta = messageId - known.last;
    known.last = messageId;
    if (delta < 0 || delta > IMPLAUSIBLE_GAP) return { missed: 0, restarted: true, owner: actual };
    return { missed: Math.max(0, delta - 1), restarted: false, owner: actual };
  }
}

/** Of those that share a source id, the one whose numbering this message continues most closely. */
function closestOwner<Owner>(owners: Map<Owner | null, { last: number }>, messageId: number): Owner | null {
  let closest: Owner | null = null;
  let gap = Infinity;
  for (const [owner, { last }] of owners) {
    const ahead = messageId - last;
    if (ahead > 0 && ahead < gap) {
      gap = ahead;
      closest = owner;
    }
  }
  return closest;
}

/** The value of a key, made if need be at the expense of the key that was made first. */
function bounded<Key, Value>(map: Map<Key, Value>, key: Key, limit: number, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    if (map.size >= limit) map.delete(map.keys().next().value as Key);
    value = make();
    map.set(key, value);
  }
  return value;
}
