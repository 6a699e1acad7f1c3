/** One witness's view of one flow at one moment: what events and packet batches both become before they merge. */
import type { ConversationEvent } from './event.js';
import type { EpochMilliseconds } from './units.js';

/** Whoever saw something: an agent (on one host) or a packet interface. */
export interface Witness {
  readonly kind: 'agent' | 'packets';
  /** Host name of an agent, name of a packet interface. */
  readonly name: string;
  /** Never shared by two witnesses, stable over a restart. */
  readonly id: string;
}

/** An event's content without the event, seen by somebody. */
export type Observation = Omit<ConversationEvent, 'type' | 'name' | 'agent' | 'exporter'> & {
  readonly witness: Witness;
  /** 802.1Q VLAN of the packets; null: they have none, or it is not known, as never by agents. */
  readonly vlan: number | null;
  /** When this witness saw the conversation first; null: it does not say. */
  readonly since: EpochMilliseconds | null;
  /** The conversation is over as far as this witness is concerned. */
  readonly ended: boolean;
  /** This is how the conversation began, so a socket known before under the same addresses was another one. */
  readonly began: boolean;
  /** The process of this witness's side is another than it said before. */
  readonly corrected: boolean;
};
