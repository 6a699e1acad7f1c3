/** What every source is asked: conversations that two peers make, and what is to be told of them. */

/** Where two peers meet, and how what they use is shown. */
export interface Route {
  readonly title: string;
  readonly listen: string;
  readonly connect: string;
  readonly client: string;
  readonly server: string;
  readonly interfaces: readonly [client: string, server: string];
  /** Client and server are in a network namespace each. */
  readonly namespaces?: boolean;
}

const LOOPBACK = ['lo', 'lo'] as const;
const IPV4 = { client: '127.0.0.1', server: '127.0.0.1', interfaces: LOOPBACK } as const;
const VETH = { interfaces: ['veth0', 'veth1'], namespaces: true } as const;

export const ROUTES: readonly Route[] = [
  { title: 'IPv4', listen: '127.0.0.1', connect: '127.0.0.1', ...IPV4 },
  { title: 'IPv6', listen: '::1', connect: '::1', client: '::1', server: '::1', interfaces: LOOPBACK },
  { title: 'IPv4 to a socket of both', listen: '::', connect: '127.0.0.1', ...IPV4 },
  { title: 'IPv4-mapped IPv6', listen: '127.0.0.1', connect: '::ffff:127.0.0.1', ...IPV4 },
  {
    title: 'IPv4 between namespaces',
    listen: '10.77.0.2',
    connect: '10.77.0.2',
    client: '10.77.0.1',
    server: '10.77.0.2',
    ...VETH,
  },
  {
    title: 'IPv6 between namespaces',
    listen: 'fd77::2',
    connect: 'fd77::2',
    client: 'fd77::1',
    server: 'fd77::2',
    ...VETH,
  },
];

/** How a connection's payload goes, in bytes that the client sends and receives. */
export interface Transfer {
  readonly title: string;
  readonly sent: number;
  readonly received: number;
  /** How it ends; `connect` of test/peer.c. */
  readonly end: readonly string[];
  readonly server: readonly string[];
}

export const TRANSFERS: readonly Transfer[] = [
  { title: 'nothing at all', sent: 0, received: 0, end: [], server: [] },
  { title: 'one byte each way', sent: 1, received: 1, end: [], server: [] },
  { title: 'much both ways', sent: 3_000_000, received: 3_000_000, end: [], server: [] },
  {
    title: 'the server ends first',
    sent: 1000,
    received: 1000,
    end: ['--half-close'],
    server: ['--send', '1000'],
  },
  { title: 'the client aborts', sent: 500, received: 500, end: ['--linger'], server: [] },
];
