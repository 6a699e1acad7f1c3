/** The columns of the table of containers, pods, namespaces or workloads, and what each is sorted by on the server. */
import type { ContainerGroupKind, ContainerSortField } from '@packetless/live';
import type { Column } from '../table/column.js';
import type { SortTitles } from '../table/toolbar.js';

type Columns = readonly Column<ContainerSortField>[];

const NAMES: { readonly [kind in ContainerGroupKind]: string } = {
  containers: 'Container',
  pods: 'Pod',
  namespaces: 'Namespace',
  workloads: 'Workload',
};

const PLACES: { readonly [kind in ContainerGroupKind]: Column<ContainerSortField> } = {
  containers: {
    key: 'group',
    title: 'Pod',
    sort: 'pod',
    explanation: 'The pod that it is in, and the pod’s namespace',
    numeric: false,
  },
  pods: {
    key: 'group',
    title: 'Namespace',
    sort: 'namespace',
    explanation: 'The namespace that it is in, and what keeps it running',
    numeric: false,
  },
  namespaces: {
    key: 'group',
    title: 'Containers',
    sort: 'containers',
    explanation: 'How many containers there are in it',
    numeric: false,
  },
  workloads: {
    key: 'group',
    title: 'Namespace',
    sort: 'namespace',
    explanation: 'The namespace that it is in, and how many pods it keeps running',
    numeric: false,
  },
};

const OTHERS: Columns = [
  { key: 'image', title: 'Image', sort: 'image', explanation: 'Image, and the runtime', numeric: false },
  { key: 'node', title: 'Host', sort: 'host', explanation: 'Host, as its agent is called', numeric: false },
  {
    key: 'opened',
    title: 'Client',
    sort: 'client',
    explanation: 'Flows that it opened, of those shown now',
    numeric: true,
  },
  {
    key: 'taken',
    title: 'Server',
    sort: 'server',
    explanation: 'Flows that were opened to it, of those shown now',
    numeric: true,
  },
  { key: 'out', title: 'Sent', sort: 'sent', explanation: 'Bytes that it sent', numeric: true },
  { key: 'in', title: 'Received', sort: 'received', explanation: 'Bytes that it received', numeric: true },
  {
    key: 'roundtrip',
    title: 'RTT',
    sort: 'rtt',
    explanation: 'Round-trip time as client, and as server: the median of its flows',
    numeric: true,
  },
  {
    key: 'resent',
    title: 'Retr.',
    sort: 'retransmits',
    explanation: 'Segments that it sent again',
    numeric: true,
  },
  {
    key: 'failures',
    title: 'Failed',
    sort: 'failed',
    explanation: 'Flows that could not connect, or broke',
    numeric: true,
  },
];

export const COLUMNS: { readonly [kind in ContainerGroupKind]: Columns } = {
  containers: columnsOf('containers'),
  pods: columnsOf('pods'),
  namespaces: columnsOf('namespaces'),
  workloads: columnsOf('workloads'),
};

function columnsOf(kind: ContainerGroupKind): Columns {
  const name = {
    key: 'name',
    title: NAMES[kind],
    sort: 'name',
    explanation: 'Its name',
    numeric: false,
  } as const;
  return [name, PLACES[kind], ...OTHERS];
}

export const SORT_TITLES: SortTitles<ContainerSortField> = {
  name: 'Name',
  pod: 'Pod',
  namespace: 'Namespace',
  workload: 'Workload',
  image: 'Image',
  runtime: 'Runtime',
  host: 'Host',
  containers: 'Containers',
  flows: 'Flows',
  client: 'As client',
  server: 'As server',
  bytes: 'Bytes',
  sent: 'Sent',
  received: 'Received',
  rtt: 'RTT',
  retransmits: 'Retransmits',
  failed: 'Failed',
  lastSeen: 'Last seen',
};
