import type { AgentInfo, ContainerGroupKind, InterfaceInfo } from '@packetless/live';
import { KIND_NOUNS } from '../../domain/container-text.js';
import { EmptyState } from '../empty-state.js';
import { AgentInstructions } from '../flows/flows-empty.js';
import { Link } from '../link.js';

interface Props {
  readonly kind: ContainerGroupKind;
  readonly interfaces: readonly InterfaceInfo[];
  readonly agents: readonly AgentInfo[];
  readonly filtered: boolean;
  readonly onShowAll: () => void;
}

/** Nothing to list: because of the filter, because no agent reports, or because there are none on the hosts. */
export function ContainersEmpty({ kind, interfaces, agents, filtered, onShowAll }: Props) {
  const [one, several] = KIND_NOUNS[kind];
  if (filtered) {
    return (
      <EmptyState title={`No ${one} matches`}>
        <p>New ones that match appear here by themselves.</p>
        <p>
          <button type="button" className="button" onClick={onShowAll}>
            Show all {several}
          </button>
        </p>
      </EmptyState>
    );
  }
  if (!agents.some((agent) => agent.online)) {
    return (
      <EmptyState title="No agent reports yet">
        <AgentInstructions
          interfaces={interfaces}
          then="The containers of the host appear here within seconds."
        />
      </EmptyState>
    );
  }
  return (
    <EmptyState title={`Nobody told of a ${one} yet`}>
      <p>{WHY[kind]}</p>
      <p>
        What an agent cannot see of its host is on its <Link to="/agents">page</Link>.
      </p>
    </EmptyState>
  );
}

const WHY: { readonly [kind in ContainerGroupKind]: string } = {
  containers:
    'Containers of docker, containerd, CRI-O and podman appear here as soon as an agent’s host runs one, with names, image and labels once their runtime has told them.',
  pods: 'Pods of Kubernetes and of podman appear here as soon as an agent’s host runs one.',
  namespaces: 'Namespaces of Kubernetes appear here as soon as an agent’s host runs a pod.',
  workloads:
    'What keeps pods running, such as a Deployment, is known to Kubernetes’ API server: start the collector with --kubernetes to ask it.',
};
