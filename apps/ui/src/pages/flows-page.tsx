import { useEffect, useMemo, useState } from 'react';
import { FlowDetails } from '../components/details/flow-details.js';
import { SORT_TITLES } from '../components/flows/columns.js';
import { FLOW_FILTER_WORDS } from '../components/flows/filter-words.js';
import { FlowTable } from '../components/flows/flow-table.js';
import { FlowsEmpty } from '../components/flows/flows-empty.js';
import { Toolbar } from '../components/table/toolbar.js';
import { useTableKeys } from '../components/table/use-table-keys.js';
import { Waiting } from '../components/waiting.js';
import {
  FLOW_SORT_RULES,
  type FlowSearch,
  formatFlowSearch,
  parseFlowSearch,
} from '../domain/flow-search.js';
import { flowPath } from '../domain/route.js';
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
  readonly flowId: string | null;
  readonly search: string;
}

export function FlowsPage({ flowId, search: searchText }: Props) {
  const { client } = useConnection();
  const [list] = useState(() => new RowList(client, 'flows', FLOW_SORT_RULES));
  const state = useStore(list);
  const interfaces = useView('interfaces').rows ?? [];
  const search = useMemo(() => parseFlowSearch(searchText), [searchText]);
  const beside = useMedia(BESIDE);

  useEffect(() => list.open(search), [list, search]);
  useEffect(() => () => list.close(), [list]);

  const onSearch = (change: Partial<FlowSearch>) =>
    navigate(flowPath(flowId, formatFlowSearch({ ...search, ...change })), { replace: 'filter' in change });
  const open = (id: string | null) =>
    navigate(flowPath(id, formatFlowSearch(search)), { replace: flowId !== null && id !== null });

  useTableKeys({
    pause: () => list.setPaused(!list.get().paused),
    close: flowId === null ? null : () => open(null),
  });

  if (state.rows === null && state.error === null && flowId === null) return <Waiting />;
  const empty = state.rows !== null && state.total === 0 && !state.paused;
  const filtered = search.filter !== '' || search.interface !== null;
  return (
    <div className={flowId === null ? 'flows' : 'flows flows-with-details'}>
      <div className="flows-list" inert={flowId !== null && !beside}>
        <Toolbar
          search={search}
          state={state}
          interfaces={interfaces}
          titles={SORT_TITLES}
          words={FLOW_FILTER_WORDS}
          nouns={['flow', 'flows']}
          onSearch={onSearch}
          onPause={(paused) => list.setPaused(paused)}
        />
        {empty ? (
          <FlowsEmpty
            interfaces={interfaces}
            filtered={filtered}
            onShowAll={() => onSearch({ filter: '', interface: null })}
          />
        ) : (
          <FlowTable
            list={list}
            state={state}
            openId={flowId}
            onSort={(sort) => onSearch({ sort })}
            onOpen={(id) => open(id)}
          />
        )}
      </div>
      {flowId !== null && (
        <FlowDetails key={flowId} id={flowId} takesFocus={!beside} onClose={() => open(null)} />
      )}
    </div>
  );
}
