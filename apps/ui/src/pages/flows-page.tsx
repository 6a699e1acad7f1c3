import { useEffect, useMemo, useState } from 'react';
import { FlowDetails } from '../components/details/flow-details.js';
import { FlowTable } from '../components/flows/flow-table.js';
import { FlowsEmpty } from '../components/flows/flows-empty.js';
import { Toolbar } from '../components/flows/toolbar.js';
import { Waiting } from '../components/waiting.js';
import { type FlowSearch, formatFlowSearch, parseFlowSearch } from '../domain/flow-search.js';
import { flowPath } from '../domain/route.js';
import { useConnection } from '../stores/connection.js';
import { FlowList } from '../stores/flow-list.js';
import { useMedia } from '../stores/media.js';
import { navigate } from '../stores/route.js';
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
  const [list] = useState(() => new FlowList(client));
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

  useKeys({
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

interface Keys {
  readonly pause: () => void;
  readonly close: (() => void) | null;
}

/** `/` to the filter, space pauses, Escape closes; the arrows are the table's, and get to it from anywhere. */
function useKeys(keys: Keys): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : document.body;
      if (target.closest('input, select, textarea, [popover]') !== null) return;
      if (event.key === '/') document.getElementById('filter-input')?.focus();
      else if (event.key === ' ' && target.closest('button, a') === null) keys.pause();
      else if (event.key === 'Escape' && keys.close !== null) {
        keys.close();
        focusTable();
      } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && target === document.body)
        focusTable();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  });
}

function focusTable(): void {
  document.querySelector<HTMLElement>('[role=grid]')?.focus();
}
