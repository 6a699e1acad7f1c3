import { expect, test } from '@jest/globals';
import { Conversations } from './conversations.js';
import { sampleEvent, sampleProcess, totals } from './events.sample.js';
import { Talkers } from './talkers.js';

test('those with the most bytes come first; processes of one program are one', () => {
  const conversations = new Conversations();
  const talkers = new Talkers();
  const tell = (pid: number, name: string, bytes: number) => {
    const process = sampleProcess({ pid, name });
    talkers.add(conversations.observe(sampleEvent({ socket: pid, process }), 0));
    const close = sampleEvent({ socket: pid, process, name: 'CLOSE', counters: totals(bytes, 1) });
    talkers.add(conversations.observe(close, 0));
  };
  tell(1, 'curl', 10);
  tell(2, 'curl', 30);
  tell(3, 'wget', 50);
  tell(4, 'idle', 0);
  talkers.add(conversations.observe(sampleEvent({ socket: 9, process: null, name: 'CONNECT_FAILED' }), 0));
  expect(talkers.most(3)).toEqual([
    { name: 'wget', pid: 3, conversations: 1, failed: 0, bytesOut: 50, bytesIn: 1 },
    { name: 'curl', pid: null, conversations: 2, failed: 0, bytesOut: 40, bytesIn: 2 },
    { name: 'idle', pid: 4, conversations: 1, failed: 0, bytesOut: 0, bytesIn: 1 },
  ]);
  expect(talkers.most(9).at(-1)).toMatchObject({ name: null, pid: null, conversations: 1, failed: 1 });
});

test('programs beyond the bound are one together', () => {
  const conversations = new Conversations();
  const talkers = new Talkers();
  for (let socket = 0; socket < 1500; socket += 1) {
    const process = sampleProcess({ name: `program-${socket}` });
    talkers.add(conversations.observe(sampleEvent({ socket, process, counters: totals(1, 0) }), 0));
  }
  expect(talkers.most(2000)).toHaveLength(1001);
  expect(talkers.most(1)[0]).toMatchObject({ name: 'other programs', conversations: 500, bytesOut: 500 });
});
