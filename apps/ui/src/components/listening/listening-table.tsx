import type { ListeningSort } from '@packetless/live';
import { LISTENING_SORT_RULES } from '../../domain/listening-search.js';
import type { RowList, RowListState } from '../../stores/row-list.js';
import { LiveTable } from '../table/live-table.js';
import { TableHead } from '../table/table-head.js';
import { COLUMNS } from './columns.js';
import { ListenerRow } from './listener-row.js';
import './listening-table.css';

interface Props {
  readonly list: RowList<'listening'>;
  readonly state: RowListState<'listening'>;
  readonly openId: string | null;
  readonly onSort: (sort: ListeningSort) => void;
  readonly onOpen: (id: string) => void;
}

export function ListeningTable({ list, state, openId, onSort, onOpen }: Props) {
  return (
    <LiveTable
      list={list}
      state={state}
      label="Listening sockets"
      testId="listening-table"
      rowTestId="listening-row"
      head={
        <TableHead
          columns={COLUMNS}
          rules={LISTENING_SORT_RULES}
          sort={state.search.sort}
          onSort={onSort}
          grid="listening-grid"
        />
      }
      attributes={(listener) => ({
        className: 'listening-grid',
        'data-port': String(listener.port),
        'data-connections': String(listener.connections),
      })}
      openId={openId}
      onOpen={(listener) => onOpen(listener.id)}
      standsStill={false}
    >
      {(listener) => <ListenerRow listener={listener} />}
    </LiveTable>
  );
}
