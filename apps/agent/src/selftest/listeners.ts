/** Whether a listening socket was told of, in time, with its owner, and since when it listens. */
import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import type { ExpectedListener } from './expected.js';
import { doubtsOf } from './owner.js';

/** Where a socket waits; `netns` is the inode of its network namespace. */
export interface ListeningPlace {
  readonly netns: number;
  readonly protocol: number;
  readonly address: string;
  readonly port: number;
}

/** Between an application's own clock and that of the kernel when it began to listen. */
const CLOCK_SLACK_MS = 50;

export function gradeListener(
  expected: ExpectedListener,
  lists: readonly ListeningEvent[],
): readonly string[] {
  const { protocol, address, port, owner, by, since } = expected;
  const found = entriesOf({ netns: owner.netns, protocol, address, port }, lists);
  const [first] = found;
  if (first === undefined) return [`no list of listening sockets has ${address}:${port}`];
  const problems = first.time <= by ? [] : [`listed ${Math.round(first.time - by)} ms too late`];
  for (const { socket } of found) {
    problems.push(...gradeSince(socket.since, since));
    if (socket.process === null) {
      problems.push('listed without its owner');
      continue;
    }
    const doubts = doubtsOf(socket.process, owner, { thread: true, script: null });
    problems.push(...doubts.map(({ kind, what }) => `listed with ${kind} ${what}`));
  }
  return problems;
}

/** Where a socket is listed, and when. */
export function entriesOf(
  { netns, protocol, address, port }: ListeningPlace,
  lists: readonly ListeningEvent[],
): readonly { readonly time: number; readonly socket: ListeningSocket }[] {
  const isIt = (socket: ListeningSocket): boolean =>
    socket.protocol === protocol &&
    socket.address === address &&
    socket.port === port &&
    socket.location?.endsWith(`/${netns}`) === true;
  return lists.flatMap(({ time, sockets }) => sockets.filter(isIt).map((socket) => ({ time, socket })));
}

function gradeSince(said: number | null, is: ExpectedListener['since']): readonly string[] {
  if (is === null) return said === null ? [] : [`listed as listening since ${said}, which nobody can know`];
  if (said === null) return ['listed without since when it listens'];
  const fits = said >= is.from - CLOCK_SLACK_MS && said <= is.to + CLOCK_SLACK_MS;
  return fits ? [] : [`listed as listening since ${said}, but it was between ${is.from} and ${is.to}`];
}
