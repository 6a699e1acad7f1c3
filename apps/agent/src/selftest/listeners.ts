/** Whether a listening socket was told of, in time and with its owner. */
import type { ListeningEvent, ListeningSocket } from '@packetless/model';
import type { ExpectedListener } from './expected.js';
import { doubtsOf } from './owner.js';

export function gradeListener(
  expected: ExpectedListener,
  lists: readonly ListeningEvent[],
): readonly string[] {
  const { protocol, address, port, owner, by } = expected;
  const isIt = (socket: ListeningSocket): boolean =>
    socket.protocol === protocol &&
    socket.address === address &&
    socket.port === port &&
    socket.location?.endsWith(`/${owner.netns}`) === true;
  const found = lists.flatMap(({ time, sockets }) =>
    sockets.filter(isIt).map((socket) => ({ time, socket })),
  );
  const [first] = found;
  if (first === undefined) return [`no list of listening sockets has ${address}:${port}`];
  const problems = first.time <= by ? [] : [`listed ${Math.round(first.time - by)} ms too late`];
  for (const { socket } of found) {
    if (socket.process === null) problems.push('listed without its owner');
    else {
      const doubts = doubtsOf(socket.process, owner, { thread: true, script: null });
      problems.push(...doubts.map(({ kind, what }) => `listed with ${kind} ${what}`));
    }
  }
  return problems;
}
