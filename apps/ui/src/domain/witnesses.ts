/** Who saw a flow, as three marks: an agent on the client's side, one on the server's, the wire. */
import type { FlowWitness } from '@packetless/model';
import { visibleText } from './visible-text.js';

export interface WitnessMark {
  readonly place: 'client' | 'server' | 'wire';
  readonly letter: string;
  readonly seen: boolean;
  readonly title: string;
}

const PLACES = [
  { place: 'client', letter: 'C', what: 'agent on the client' },
  { place: 'server', letter: 'S', what: 'agent on the server' },
  { place: 'wire', letter: 'W', what: 'packets on the wire' },
] as const;

/** An agent that did not say on which side it was counts for neither mark; the flow's details name it. */
export function witnessMarks(witnesses: readonly FlowWitness[]): WitnessMark[] {
  return PLACES.map(({ place, letter, what }) => {
    const names = witnesses.filter((witness) => placeOf(witness) === place).map((witness) => witness.name);
    const seen = names.length > 0;
    const by = names.map(visibleText).join(', ');
    return { place, letter, seen, title: seen ? `Seen by ${what}: ${by}` : `Not seen by ${what}` };
  });
}

function placeOf(witness: FlowWitness): WitnessMark['place'] | null {
  return witness.kind === 'packets' ? 'wire' : witness.side;
}
