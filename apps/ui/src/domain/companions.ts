/** What a companion is and gets, in words (docs/architecture.md). */
import type { InterfaceInfo } from '@packetless/live';

type Interface = Pick<InterfaceInfo, 'name' | 'kind' | 'mirrored' | 'companions'>;

/** Those that an interface can choose: packet interfaces for one that takes events, and the other way round. */
export function possibleCompanions(one: Interface, all: readonly Interface[]): string[] {
  return all.filter(({ kind }) => kind !== one.kind).map(({ name }) => name);
}

/** What each companion of this interface gets, or this one as a companion; null without any. */
export function deliveryNotes(one: Interface, all: readonly Interface[]): DeliveryNote[] {
  const find = (name: string) => all.find((each) => each.name === name);
  if (one.kind === 'packets') return one.companions.length === 0 ? [] : [noteOf(one)];
  return one.companions
    .map(find)
    .filter((each) => each !== undefined)
    .map(noteOf);
}

export interface DeliveryNote {
  /** The packet interface that gets events. */
  readonly name: string;
  /** All but those of loopback; otherwise those that bear its name. */
  readonly gets: 'all' | 'its own';
}

function noteOf({ name, mirrored }: Interface): DeliveryNote {
  return { name, gets: mirrored === true ? 'all' : 'its own' };
}
