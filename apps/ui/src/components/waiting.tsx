import { useConnection } from '../stores/connection.js';
import { useStore } from '../stores/store.js';
import { EmptyState } from './empty-state.js';

/** Before the first answer: nothing while it is on its way, an explanation when the collector does not answer. */
export function Waiting() {
  const { state } = useStore(useConnection().status);
  if (state === 'live') return null;
  return (
    <EmptyState title="Connecting to the collector">
      <p>
        This page asks <code>{location.host}</code> and goes on by itself as soon as it answers. If it does
        not: is <code>packetless-collector</code> still running there?
      </p>
    </EmptyState>
  );
}
