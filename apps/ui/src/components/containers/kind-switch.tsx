import { CONTAINER_GROUP_KINDS, type ContainerGroupKind } from '@packetless/live';
import { type ContainerSearch, formatContainerSearch } from '../../domain/container-search.js';
import { containersPath } from '../../domain/route.js';
import { Link } from '../link.js';
import './kind-switch.css';

const TITLES: { readonly [kind in ContainerGroupKind]: string } = {
  containers: 'Containers',
  pods: 'Pods',
  namespaces: 'Namespaces',
  workloads: 'Workloads',
};

/** Chooses what is listed; filter and order stay. */
export function KindSwitch({ kind, search }: { kind: ContainerGroupKind; search: ContainerSearch }) {
  return (
    <nav className="kind-switch" aria-label="What is listed">
      {CONTAINER_GROUP_KINDS.map((each) => (
        <Link
          key={each}
          to={containersPath(each, formatContainerSearch(search))}
          data-testid={`kind-${each}`}
          aria-current={each === kind ? 'page' : undefined}
        >
          {TITLES[each]}
        </Link>
      ))}
    </nav>
  );
}
