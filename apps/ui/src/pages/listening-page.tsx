import type { ListenerInfo } from '@packetless/live';
import { useEffect, useMemo, useState } from 'react';
import { SORT_TITLES } from '../components/listening/columns.js';
import { LISTENING_FILTER_WORDS } from '../components/listening/filter-words.js';
import { ListenerDetails } from '../components/listening/listener-details.js';
import { ListeningEmpty } from '../components/listening/listening-empty.js';
import { ListeningTable } from '../components/listening/listening-table.js';
import { Toolbar } from '../components/table/toolbar.js';
import { useTableKeys } from '../components/table/use-table-keys.js';
import { Waiting } from '../components/waiting.js';
import {
  formatListeningSearch,
  LISTENING_SORT_RULES,
  type ListeningSearch,
  parseListeningSearch,
} from '../domain/listening-search.js';
import { listeningPath } from '../domain/route.js';
import { useConnection } from '../stores/connection.js';
import { useMedia } from '../stores/media.js';
import { navigate } from '../stores/route.js';
import { RowList } from '../stores/row-list.js';
import { useStore } from '../stores/store.js';
import { useView } from '../stores/view.js';
import './flows-page.css';

/** From this width on, details stand beside the table; below they cover it. */
const BESIDE = '(min-width: 1100px)';

/** Every listening socket of every host. */
export function ListeningPage({ search: searchText }: { search: string }) {
  const { client } = useConnection();
  const [list] = useState(() => new RowList(client, 'listening', LISTENING_SORT_RULES));
  const state = useStore(list);
  const interfaces = useView('interfaces').rows ?? [];
  const agents = useView('agents').rows ?? [];
  const search = useMemo(() => parseListeningSearch(searchText), [searchText]);
  const beside = useMedia(BESIDE);
  const [openId, setOpenId] = useState<string | null>(null);
  const open = useLastKnown(openId, state.rows);

  useEffect(() => list.open(search), [list, search]);
  useEffect(() => () => list.close(), [list]);

  const onSearch = (change: Partial<ListeningSearch>) =>
    navigate(listeningPath(formatListeningSearch({ ...search, ...change })), { replace: 'filter' in change });

  useTableKeys({
    pause: () => list.setPaused(!list.get().paused),
    close: openId === null ? null : () => setOpenId(null),
  });

  if (state.rows === null && state.error === null) return <Waiting />;
  const empty = state.rows !== null && state.total === 0 && !state.paused;
  const filtered = search.filter !== '' || search.interface !== null;
  return (
    <div className={open === null ? 'flows' : 'flows flows-with-details'} data-testid="listening-page">
      <div className="flows-list" inert={open !== null && !beside}>
        <Toolbar
          search={search}
          state={state}
          interfaces={interfaces}
          titles={SORT_TITLES}
          words={LISTENING_FILTER_WORDS}
          nouns={['socket', 'sockets']}
          onSearch={onSearch}
          onPause={(paused) => list.setPaused(paused)}
        />
        {empty ? (
          <ListeningEmpty
            interfaces={interfaces}
            agents={agents}
            filtered={filtered}
            onShowAll={() => onSearch({ filter: '', interface: null })}
          />
        ) : (
          <ListeningTable
            list={list}
            state={state}
            openId={openId}
            onSort={(sort) => onSearch({ sort })}
            onOpen={setOpenId}
          />
        )}
      </div>
      {open !== null && (
        <ListenerDetails
          key={open.listener.id}
          listener={open.listener}
          gone={open.gone}
          takesFocus={!beside}
          onClose={() => setOpenId(null)}
        />
      )}
    </div>
  );
}

/** The row of that id as it is, or as it was when it was last among the rows. */
function useLastKnown(
  id: string | null,
  rows: readonly ListenerInfo[] | null,
): { readonly listener: ListenerInfo; readonly gone: boolean } | null {
  const [last, setLast] = useState<ListenerInfo | null>(null);
  const now = id === null ? null : (rows?.find((row) => row.id === id) ?? null);
  if (now !== null && now !== last) setLast(now);
  if (id === null) return null;
  if (now !== null) return { listener: now, gone: false };
  return last?.id === id ? { listener: last, gone: true } : null;
}
