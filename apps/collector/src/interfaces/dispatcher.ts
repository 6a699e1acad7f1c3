/** Decides which interfaces an observation is shown on (docs/wire.md §10). */
import type { Observation } from '@packetless/model';
import type { Interface } from './interface.js';

export class Dispatcher {
  /** An observation is always shown on the interface it came in by. */
  dispatch(observation: Observation, origin: Interface): void {
    origin.observe(observation);
  }
}
