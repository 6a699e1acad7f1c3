import type { ContainerGroup, ContainerGroupKind, ContainerSortField } from '@packetless/live';
import { CONTAINER_SORT_RULES } from '../../domain/container-search.js';
import type { Sort } from '../../domain/search.js';
import type { RowList, RowListState } from '../../stores/row-list.js';
import { LiveTable } from '../table/live-table.js';
import { TableHead } from '../table/table-head.js';
import { COLUMNS } from './columns.js';
import { ContainerRow } from './container-row.js';
import './container-table.css';

interface Props {
  readonly kind: ContainerGroupKind;
  readonly list: RowList<ContainerGroupKind>;
  readonly state: RowListState<ContainerGroupKind>;
  readonly openId: string | null;
  readonly onSort: (sort: Sort<ContainerSortField>) => void;
  readonly onOpen: (group: ContainerGroup) => void;
}

export function ContainerTable({ kind, list, state, openId, onSort, onOpen }: Props) {
  return (
    <LiveTable
      list={list}
      state={state}
      label={kind}
      testId="containers-table"
      rowTestId="container-row"
      head={
        <TableHead
          columns={COLUMNS[kind]}
          rules={CONTAINER_SORT_RULES}
          sort={state.search.sort}
          onSort={onSort}
          grid="container-grid"
        />
      }
      attributes={(group) => ({ className: 'container-grid', 'data-name': group.name ?? '' })}
      openId={openId}
      onOpen={onOpen}
      standsStill={false}
    >
      {(group) => <ContainerRow kind={kind} group={group} />}
    </LiveTable>
  );
}
