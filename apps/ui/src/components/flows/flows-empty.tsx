import type { InterfaceInfo } from '@packetless/live';
import { agentCommands } from '../../domain/agent-command.js';
import { Copyable } from '../copyable.js';
import { EmptyState } from '../empty-state.js';

interface Props {
  readonly interfaces: readonly InterfaceInfo[];
  readonly filtered: boolean;
  readonly onShowAll: () => void;
}

/** No flows: because of the filter, because no agent reports, or because nothing happens. */
export function FlowsEmpty({ interfaces, filtered, onShowAll }: Props) {
  if (filtered) {
    return (
      <EmptyState title="No flow matches">
        <p>New ones that match appear here by themselves.</p>
        <p>
          <button type="button" className="button" onClick={onShowAll}>
            Show all flows
          </button>
        </p>
      </EmptyState>
    );
  }
  const peers = interfaces
    .flatMap((each) => each.endpoints)
    .reduce((sum, endpoint) => sum + endpoint.peers, 0);
  if (peers > 0) {
    return (
      <EmptyState title="No flows yet">
        <p>
          {peers === 1 ? 'One agent is connected' : `${peers} agents are connected`}, and nothing has talked
          since. The first connection on a monitored host appears here by itself.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No agent reports yet">
      <AgentInstructions interfaces={interfaces} />
    </EmptyState>
  );
}

/** How an agent is made to report to this collector. */
export function AgentInstructions({
  interfaces,
  then = 'Flows appear here as they happen, without loading the page again.',
}: {
  interfaces: readonly InterfaceInfo[];
  /** What happens when somebody has done it. */
  then?: string;
}) {
  const commands = agentCommands(interfaces, location.hostname);
  if (commands.length === 0) {
    return (
      <p>
        This collector has no endpoint that an agent on another host can reach. Start it with one, for example{' '}
        <code>packetless-collector -i "tcp://*:1234c"</code>.
      </p>
    );
  }
  return (
    <>
      <p>On each host that is to be seen, as root:</p>
      {commands.map((command) => (
        <Copyable key={command} text={command} block />
      ))}
      <p className="aside">{then}</p>
    </>
  );
}
