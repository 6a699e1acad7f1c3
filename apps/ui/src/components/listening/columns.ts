/** The columns of the table of listening sockets, and what each is sorted by on the server. */
import type { ListeningSortField } from '@packetless/live';
import type { Column } from '../table/column.js';
import type { SortTitles } from '../table/toolbar.js';

export const COLUMNS: readonly Column<ListeningSortField>[] = [
  { key: 'port', title: 'Port', sort: 'port', explanation: 'Port and protocol', numeric: true },
  {
    key: 'program',
    title: 'Process',
    sort: 'process',
    explanation: 'Who listens: process, user, and what it runs',
    numeric: false,
  },
  {
    key: 'listens',
    title: 'Address',
    sort: 'address',
    explanation: 'At which addresses it can be reached',
    numeric: false,
  },
  { key: 'host', title: 'Host', sort: 'agent', explanation: 'Host, as its agent is called', numeric: false },
  {
    key: 'connections',
    title: 'Connections',
    sort: 'connections',
    explanation: 'Living flows to it now',
    numeric: true,
  },
  {
    key: 'waiting',
    title: 'Waiting',
    sort: 'backlog',
    explanation: 'Connections that wait to be accepted, of those that may',
    numeric: true,
  },
  {
    key: 'since',
    title: 'Since',
    sort: 'since',
    explanation: 'How long it has been listening',
    numeric: true,
  },
];

export const SORT_TITLES: SortTitles<ListeningSortField> = {
  port: 'Port',
  protocol: 'Protocol',
  address: 'Address',
  process: 'Process',
  user: 'User',
  agent: 'Host',
  connections: 'Connections',
  backlog: 'Waiting',
  since: 'Since',
};
