import { expect, test } from '@jest/globals';
import type { ConversationEvent } from '@packetless/model';
import { close, event, FACT, NETNS, PROCESS } from './facts.sample.js';
import { strayNames } from './names.js';
import { Observed } from './observed.js';

function strays(events: readonly ConversationEvent[], graded: readonly ConversationEvent[] = []) {
  const observed = new Observed([NETNS]);
  for (const each of events) observed.add(each);
  return strayNames(observed, [FACT], new Set(graded));
}

const STRANGER = { ...PROCESS, pid: 7, name: 'sh' };

test('a socket of the applications may bear the name of its owner, and any socket none', () => {
  expect(strays([event(), close(), event({ socket: 1, process: null })])).toEqual([]);
});

test('no other name may be in any event', () => {
  const [stray, ...others] = strays([event({ process: STRANGER })]);
  expect(stray).toBe(
    'CONNECT of protocol 6 between 198.18.1.1:40000 and 198.18.1.2:80 names sh(7), which had no part in it',
  );
  expect(others).toEqual([]);
  expect(strays([event({ socket: 1 })])).toHaveLength(1);
  expect(strays([event({ server: { ...event().server, process: PROCESS } })])).toHaveLength(1);
});

test('events that a row has held against its applications are not told of twice', () => {
  const wrong = event({ process: STRANGER });
  expect(strays([wrong], [wrong])).toEqual([]);
});
