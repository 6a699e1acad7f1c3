import type { FlowSort } from '@packetless/live';
import type { Flow } from '@packetless/model';
import { FLOW_SORT_RULES } from '../../domain/flow-search.js';
import { hasEnded, stateText } from '../../domain/flow-state.js';
import { sortOrder } from '../../domain/search.js';
import type { RowList, RowListState } from '../../stores/row-list.js';
import { LiveTable } from '../table/live-table.js';
import { TableHead } from '../table/table-head.js';
import { COLUMNS } from './columns.js';
import { FlowRow } from './flow-row.js';
import './flow-table.css';

interface Props {
  readonly list: RowList<'flows'>;
  readonly state: RowListState<'flows'>;
  readonly openId: string | null;
  readonly onSort: (sort: FlowSort) => void;
  readonly onOpen: (id: string) => void;
}

export function FlowTable({ list, state, openId, onSort, onOpen }: Props) {
  const { sort } = state.search;
  return (
    <LiveTable
      list={list}
      state={state}
      label="Flows"
      testId="flows-table"
      rowTestId="flow-row"
      head={
        <TableHead columns={COLUMNS} rules={FLOW_SORT_RULES} sort={sort} onSort={onSort} grid="flow-grid" />
      }
      attributes={attributesOf}
      openId={openId}
      onOpen={(flow) => onOpen(flow.id)}
      standsStill={sortOrder(sort).field === 'firstSeen'}
    >
      {(flow) => <FlowRow flow={flow} />}
    </LiveTable>
  );
}

function attributesOf(flow: Flow) {
  const tone = hasEnded(flow) ? stateText(flow).tone : 'live';
  return {
    className: `flow-grid flow-${tone}`,
    'data-flow-id': flow.id,
    'data-state': flow.state ?? '',
  } as const;
}
