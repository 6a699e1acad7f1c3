/** The fields and words that a filter knows; the page completes them, docs/filter.md explains them. */

/**
 * What a field's values are.
 * `text`: a pattern. `network`: an address or CIDR. `count`: a number, with k, M or G. `number`: a whole number.
 * `bytes` and `time`: a number with a unit. `label`: a pattern, for the key behind the field's name and a dot.
 * `flag`: no value, the word alone has a meaning.
 */
export type FieldKind = 'text' | 'label' | 'network' | 'count' | 'number' | 'bytes' | 'time' | 'flag';

export interface FilterField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly description: string;
  readonly example: string;
}

const FIELDS = [
  {
    name: 'process',
    kind: 'text',
    description: 'Name of the process of either side, or of its script',
    example: 'process:curl',
  },
  {
    name: 'exe',
    kind: 'text',
    description: 'Path of the executable of either side',
    example: 'exe:/usr/bin/*',
  },
  {
    name: 'cmdline',
    kind: 'text',
    description: 'Any part of a command line',
    example: 'cmdline:"--port 80"',
  },
  {
    name: 'script',
    kind: 'text',
    description: 'Script that a process of either side runs',
    example: 'script:*.py',
  },
  { name: 'pid', kind: 'number', description: 'Process id of either side', example: 'pid:1234' },
  { name: 'user', kind: 'text', description: 'User name or uid of either side', example: 'user:www-data' },
  {
    name: 'parent',
    kind: 'text',
    description: 'Name of the parent process of either side',
    example: 'parent:bash',
  },
  {
    name: 'host',
    kind: 'network',
    description: 'Address or network of either side, also behind translation of addresses',
    example: 'host:10.0.0.0/8',
  },
  {
    name: 'client',
    kind: 'network',
    description: 'Address or network of the client',
    example: 'client:10.1.1.7',
  },
  {
    name: 'server',
    kind: 'network',
    description: 'Address or network of the server',
    example: 'server:fd00::/8',
  },
  {
    name: 'backend',
    kind: 'network',
    description: 'Address or network of the server behind translation of addresses (NAT)',
    example: 'backend:172.17.0.0/16',
  },
  {
    name: 'hostname',
    kind: 'text',
    description: 'Name of the host of either side, as its packets tell',
    example: 'hostname:*.example.org',
  },
  {
    name: 'servername',
    kind: 'text',
    description: 'Whom the client asked for in TLS, QUIC or HTTP',
    example: 'servername:*.example.org',
  },
  {
    name: 'application',
    kind: 'text',
    description: 'What talks, as recognised in its packets',
    example: 'application:tls.*',
  },
  {
    name: 'category',
    kind: 'text',
    description: 'Kind of what talks, as recognised in its packets',
    example: 'category:web',
  },
  {
    name: 'network',
    kind: 'text',
    description: 'Alias of the local network of either side',
    example: 'network:office',
  },
  {
    name: 'direction',
    kind: 'text',
    description: 'Whether client and server are in local networks',
    example: 'direction:local-remote',
  },
  {
    name: 'port',
    kind: 'number',
    description: 'Port of either side, also behind translation of addresses',
    example: 'port:443',
  },
  { name: 'clientport', kind: 'number', description: 'Port of the client', example: 'clientport>=32768' },
  { name: 'serverport', kind: 'number', description: 'Port of the server', example: 'serverport:53' },
  { name: 'vlan', kind: 'number', description: 'VLAN of its packets', example: 'vlan:12' },
  { name: 'proto', kind: 'text', description: 'Protocol, by name or number', example: 'proto:udp' },
  { name: 'state', kind: 'text', description: 'State of the conversation', example: 'state:SYN_SENT' },
  {
    name: 'interface',
    kind: 'text',
    description: 'Interface of the collector',
    example: 'interface:tcp://*',
  },
  { name: 'if', kind: 'text', description: 'Network interface on the reporting host', example: 'if:eth0' },
  { name: 'bytes', kind: 'bytes', description: 'Bytes in both directions', example: 'bytes>10MB' },
  { name: 'sent', kind: 'bytes', description: 'Bytes from client to server', example: 'sent>=1KiB' },
  { name: 'received', kind: 'bytes', description: 'Bytes from server to client', example: 'received<100' },
  { name: 'packets', kind: 'count', description: 'Packets in both directions', example: 'packets>1k' },
  {
    name: 'rtt',
    kind: 'time',
    description: 'Round-trip time, the longer of both sides',
    example: 'rtt>50ms',
  },
  { name: 'latency', kind: 'time', description: 'Time it took to connect', example: 'latency>1s' },
  {
    name: 'retransmits',
    kind: 'count',
    description: 'Segments retransmitted by both',
    example: 'retransmits>0',
  },
  {
    name: 'rate',
    kind: 'bytes',
    description: 'Bytes a second that reached the peer, the greater of both sides',
    example: 'rate>10MB',
  },
  {
    name: 'window',
    kind: 'count',
    description: 'Congestion window in segments, the greater of both sides',
    example: 'window<4',
  },
  {
    name: 'reason',
    kind: 'text',
    description: 'Why it was reset or segments were sent again',
    example: 'reason:timeout',
  },
  { name: 'duration', kind: 'time', description: 'From first to last seen', example: 'duration<2s' },
  {
    name: 'container',
    kind: 'text',
    description: 'Container of either side, name or id',
    example: 'container:web*',
  },
  { name: 'pod', kind: 'text', description: 'Kubernetes pod of either side', example: 'pod:kube-dns*' },
  {
    name: 'namespace',
    kind: 'text',
    description: 'Kubernetes namespace of either side',
    example: 'namespace:default',
  },
  {
    name: 'workload',
    kind: 'text',
    description: 'What keeps the pod of either side running, name or kind/name',
    example: 'workload:kube-dns',
  },
  {
    name: 'service',
    kind: 'text',
    description: 'Kubernetes service that the address of either side stands for',
    example: 'service:kube-dns',
  },
  {
    name: 'image',
    kind: 'text',
    description: 'Image of the container of either side, whole or without registry and version',
    example: 'image:nginx*',
  },
  {
    name: 'label',
    kind: 'label',
    description: 'Label of the container or pod of either side',
    example: 'label.app:web',
  },
  {
    name: 'witness',
    kind: 'text',
    description: 'Agent or packet interface that saw it',
    example: 'witness:db-1',
  },
  { name: 'failed', kind: 'flag', description: 'Could not connect, or broke', example: 'failed' },
  { name: 'reset', kind: 'flag', description: 'Was reset by either side', example: 'reset' },
  {
    name: 'deleted',
    kind: 'flag',
    description: 'An executable was removed or replaced while it runs',
    example: 'deleted',
  },
  {
    name: 'translated',
    kind: 'flag',
    description: 'Has other addresses or ports behind a translation (NAT)',
    example: 'translated',
  },
  { name: 'closed', kind: 'flag', description: 'Is over', example: 'not closed' },
  { name: 'local', kind: 'flag', description: 'Both ends are in local networks', example: 'local' },
  {
    name: 'remote',
    kind: 'flag',
    description: 'One end or both are outside the local networks',
    example: 'remote',
  },
] as const satisfies readonly FilterField[];

type Named<Kind extends FieldKind> = Extract<(typeof FIELDS)[number], { kind: Kind }>['name'];

export type TextField = Named<'text'>;
export type NetworkField = Named<'network'>;
export type NumberField = Named<'number' | 'count' | 'bytes' | 'time'>;
export type FilterFlag = Named<'flag'>;

export const FILTER_FIELDS: readonly FilterField[] = FIELDS;

/** What people type as well, in the words that other programs use. */
const OTHER_NAMES: { readonly [name: string]: string } = { protocol: 'proto' };

const BY_NAME: ReadonlyMap<string, (typeof FIELDS)[number]> = new Map(
  FIELDS.map((field) => [field.name, field]),
);

/** Before the key of a label. */
export const LABEL_PREFIX = 'label.';

/** The field of that name, however it is capitalised. */
export function findField(name: string): (typeof FIELDS)[number] | null {
  const lower = name.toLowerCase();
  if (lower.startsWith(LABEL_PREFIX)) return BY_NAME.get('label')!;
  return BY_NAME.get(Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower]! : lower) ?? null;
}
