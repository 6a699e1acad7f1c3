import type { Flow } from '@packetless/model';
import { isPast } from '../domain/flow-state.js';
import { duration } from '../domain/quantity.js';
import { useNow } from '../stores/clock.js';
import { Age } from './age.js';

/** Of a flow that goes on since when it does; of one that is over how long it lasted. */
export function FlowAge({ flow }: { flow: Flow }) {
  const now = useNow();
  if (!isPast(flow, now)) return <Age since={flow.firstSeen} />;
  return <span title="How long it lasted">{duration(flow.durationMs)}</span>;
}
