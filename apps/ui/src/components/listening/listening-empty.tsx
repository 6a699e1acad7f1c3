import type { AgentInfo, InterfaceInfo } from '@packetless/live';
import { visibleText } from '../../domain/visible-text.js';
import { EmptyState } from '../empty-state.js';
import { AgentInstructions } from '../flows/flows-empty.js';
import { Link } from '../link.js';

interface Props {
  readonly interfaces: readonly InterfaceInfo[];
  readonly agents: readonly AgentInfo[];
  readonly filtered: boolean;
  readonly onShowAll: () => void;
}

/** No listening sockets: because of the filter, because no agent reports, or because agents do not tell of any. */
export function ListeningEmpty({ interfaces, agents, filtered, onShowAll }: Props) {
  if (filtered) {
    return (
      <EmptyState title="No socket matches">
        <p>New ones that match appear here by themselves.</p>
        <p>
          <button type="button" className="button" onClick={onShowAll}>
            Show all listening sockets
          </button>
        </p>
      </EmptyState>
    );
  }
  const online = agents.filter((agent) => agent.online);
  if (online.length === 0) {
    return (
      <EmptyState title="No agent reports yet">
        <AgentInstructions
          interfaces={interfaces}
          then="What the host listens on appears here within seconds."
        />
      </EmptyState>
    );
  }
  const names = online.slice(0, 3).map(({ name }) => visibleText(name));
  const who = online.length > 3 ? `${names.join(', ')} and ${online.length - 3} more` : names.join(', ');
  return (
    <EmptyState title="Nobody told of a listening socket yet">
      <p>
        Connected: {who}. A list comes every few seconds, unless an agent was started with <code>-L</code>,
        which leaves it out, or its host does not let it see sockets: its <Link to="/agents">page</Link> says
        so.
      </p>
    </EmptyState>
  );
}
