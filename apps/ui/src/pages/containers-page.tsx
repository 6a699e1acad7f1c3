import type { ContainerGroup, ContainerGroupKind } from '@packetless/live';
import { useEffect, useMemo, useState } from 'react';
import { SORT_TITLES } from '../components/containers/columns.js';
import { ContainerDetails } from '../components/containers/container-details.js';
import { ContainerTable } from '../components/containers/container-table.js';
import { ContainersEmpty } from '../components/containers/containers-empty.js';
import { CONTAINER_FILTER_WORDS } from '../components/containers/filter-words.js';
import { KindSwitch } from '../components/containers/kind-switch.js';
import { Toolbar } from '../components/table/toolbar.js';
import { useTableKeys } from '../components/table/use-table-keys.js';
import { Waiting } from '../components/waiting.js';
import {
  CONTAINER_SORT_RULES,
  type ContainerSearch,
  formatContainerSearch,
  parseContainerSearch,
} from '../domain/container-search.js';
import { KIND_NOUNS } from '../domain/container-text.js';
import { containersPath } from '../domain/route.js';
import { useConnection } from '../stores/connection.js';
import { useMedia } from '../stores/media.js';
import { navigate } from '../stores/route.js';
import { RowList } from '../stores/row-list.js';
import { useStore } from '../stores/store.js';
import { useView } from '../stores/view.js';
import './flows-page.css';

/** From this width on, details stand beside the table; below they cover it. */
const BESIDE = '(min-width: 1100px)';

interface Props {
  readonly kind: ContainerGroupKind;
  readonly search: string;
}

/** Containers, pods, namespaces or workloads, and what their flows amount to. To be keyed by the kind. */
export function ContainersPage({ kind, search: searchText }: Props) {
  const { client } = useConnection();
  const [list] = useState(() => new RowList<ContainerGroupKind>(client, kind, CONTAINER_SORT_RULES));
  const state = useStore(list);
  const interfaces = useView('interfaces').rows ?? [];
  const agents = useView('agents').rows ?? [];
  const search = useMemo(() => parseContainerSearch(searchText), [searchText]);
  const beside = useMedia(BESIDE);
  const [opened, setOpened] = useState<ContainerGroup | null>(null);
  const now = opened === null ? null : (state.rows?.find((row) => row.id === opened.id) ?? null);
  if (now !== null && now !== opened) setOpened(now);

  useEffect(() => list.open(search), [list, search]);
  useEffect(() => () => list.close(), [list]);

  const onSearch = (change: Partial<ContainerSearch>) =>
    navigate(containersPath(kind, formatContainerSearch({ ...search, ...change })), {
      replace: 'filter' in change,
    });

  useTableKeys({
    pause: () => list.setPaused(!list.get().paused),
    close: opened === null ? null : () => setOpened(null),
  });

  if (state.rows === null && state.error === null) return <Waiting />;
  const empty = state.rows !== null && state.total === 0 && !state.paused;
  const filtered = search.filter !== '' || search.interface !== null;
  return (
    <div className={opened === null ? 'flows' : 'flows flows-with-details'} data-testid="containers-page">
      <div className="flows-list" inert={opened !== null && !beside}>
        <KindSwitch kind={kind} search={search} />
        <Toolbar
          search={search}
          state={state}
          interfaces={interfaces}
          titles={SORT_TITLES}
          words={CONTAINER_FILTER_WORDS}
          nouns={KIND_NOUNS[kind]}
          onSearch={onSearch}
          onPause={(paused) => list.setPaused(paused)}
        />
        {empty ? (
          <ContainersEmpty
            kind={kind}
            interfaces={interfaces}
            agents={agents}
            filtered={filtered}
            onShowAll={() => onSearch({ filter: '', interface: null })}
          />
        ) : (
          <ContainerTable
            kind={kind}
            list={list}
            state={state}
            openId={opened?.id ?? null}
            onSort={(sort) => onSearch({ sort })}
            onOpen={setOpened}
          />
        )}
      </div>
      {opened !== null && (
        <ContainerDetails
          key={opened.id}
          kind={kind}
          group={opened}
          gone={now === null}
          takesFocus={!beside}
          onClose={() => setOpened(null)}
        />
      )}
    </div>
  );
}
