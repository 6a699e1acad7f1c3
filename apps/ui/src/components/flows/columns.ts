/** The columns of the table of flows, and what each is sorted by on the server. */
import type { FlowSortField } from '@packetless/live';
import type { Column } from '../table/column.js';

export const COLUMNS: readonly Column<FlowSortField>[] = [
  { key: 'state', title: 'State', sort: 'state', explanation: 'State of the conversation', numeric: false },
  { key: 'protocol', title: 'Proto', sort: 'protocol', explanation: 'Protocol', numeric: false },
  {
    key: 'client',
    title: 'Client',
    sort: 'client',
    explanation: 'Who opened the conversation',
    numeric: false,
  },
  { key: 'server', title: 'Server', sort: 'server', explanation: 'Who was addressed', numeric: false },
  { key: 'sent', title: 'Sent', sort: 'sent', explanation: 'Bytes from client to server', numeric: true },
  {
    key: 'received',
    title: 'Received',
    sort: 'received',
    explanation: 'Bytes from server to client',
    numeric: true,
  },
  {
    key: 'rate',
    title: 'Delivery',
    sort: 'rate',
    explanation: 'Bytes a second that reached the peer, as last measured, by the side that sends more',
    numeric: true,
  },
  {
    key: 'window',
    title: 'Window',
    sort: 'window',
    explanation: 'Congestion window in segments, the greater of both sides',
    numeric: true,
  },
  {
    key: 'rtt',
    title: 'RTT',
    sort: 'rtt',
    explanation: 'Round-trip time: above as the client’s kernel measured it, below as the server’s',
    numeric: true,
  },
  {
    key: 'connect',
    title: 'Connect',
    sort: 'latency',
    explanation: 'Time it took to connect',
    numeric: true,
  },
  {
    key: 'retransmits',
    title: 'Retr.',
    sort: 'retransmits',
    explanation: 'Segments retransmitted by both sides',
    numeric: true,
  },
  {
    key: 'age',
    title: 'Age',
    sort: 'firstSeen',
    explanation: 'Since the flow was first seen; of those that are over, how long they lasted',
    numeric: true,
  },
  {
    key: 'witnesses',
    title: 'Seen by',
    sort: null,
    explanation: 'Client’s agent, server’s agent, packets on the wire',
    numeric: false,
  },
];

/** All that flows can be sorted by, for where there are no headings to click on. */
export const SORT_TITLES: { readonly [Field in FlowSortField]: string } = {
  firstSeen: 'Age',
  lastSeen: 'Last seen',
  duration: 'Duration',
  client: 'Client',
  server: 'Server',
  process: 'Process',
  user: 'User',
  protocol: 'Protocol',
  state: 'State',
  bytes: 'Bytes',
  sent: 'Bytes sent',
  received: 'Bytes received',
  rtt: 'RTT',
  retransmits: 'Retransmits',
  latency: 'Connect latency',
  rate: 'Delivery rate',
  window: 'Congestion window',
};
