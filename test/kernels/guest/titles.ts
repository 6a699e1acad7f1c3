/** What is checked in each run of the agent, in the order of the table. */
export const FACT_TITLES = {
  tcp4: 'TCP over IPv4: both owners and users, interface, latency, exact bytes',
  tcp6: 'TCP over IPv6',
  'tcp4-netns': 'TCP from one network namespace into another',
  'tcp6-netns': 'the same over IPv6',
  udp4: 'UDP over IPv4: both owners and users, interface, exact bytes and datagrams',
  udp6: 'UDP over IPv6',
  'udp4-netns': 'UDP from one network namespace into another',
  short: 'a process that lives some milliseconds: executable, command line, parent',
  refused: 'a refused connect: whose, and why it failed',
  unanswered: 'a connect without an answer: whose, sent again, why it failed',
  'worker-asks': 'a prefork worker that accepts and asks who came, before any I/O',
  worker: 'a prefork worker that accepts and does not ask, before any I/O',
  living: 'counters and owners of a living connection',
  'old-end': 'a connection older than the agent: owners, bytes at its end',
  'old-servers': 'what comes to servers older than the agent: owner',
  listening: 'listening sockets, TCP and UDP, new and old: address, owner',
  interfaces: 'counters of a network interface in another namespace',
  crowd: 'processes that interrupt each other while they connect and close: nothing is missing',
  account: 'nothing was lost: every hop’s account',
  killed: 'kill -9 leaves no program in the kernel',
} as const;

export type FactId = keyof typeof FACT_TITLES;
