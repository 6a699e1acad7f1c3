import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { Publisher, Subscriber } from 'zeromq';
import { receiveAll } from './receive.js';

const opened: { close(): void }[] = [];
let turning: NodeJS.Immediate | undefined;
afterEach(() => {
  clearImmediate(turning);
  for (const socket of opened.splice(0)) socket.close();
});

let streams = 0;

/** A socket with its sender, of which neither ever drops. */
async function stream(): Promise<{ publisher: Publisher; subscriber: Subscriber }> {
  const address = `inproc://stream-${++streams}`;
  const subscriber = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
  const publisher = new Publisher({ sendHighWaterMark: 0, linger: 0 });
  opened.push(publisher, subscriber);
  subscriber.subscribe('');
  await subscriber.bind(address);
  publisher.connect(address);
  // What is sent before the subscription has arrived is dropped.
  const first = subscriber.receive();
  for (let arrived = false; !arrived; await delay(5)) {
    await publisher.send('first');
    arrived = await Promise.race([first.then(() => true), delay(5, false)]);
  }
  return { publisher, subscriber };
}

async function sendNumbers(publisher: Publisher, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) await publisher.send(String(number));
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await delay(5)) {
    if (Date.now() > deadline) throw new Error('not within 10 s');
  }
}

/** As long as decoding and merging a message takes; a large array of events takes longer. */
function work(milliseconds = 0.02): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

const COUNT = 10_000;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

test('what has piled up is taken whole and in order, and what comes singly afterwards', async () => {
  const { publisher, subscriber } = await stream();
  await sendNumbers(publisher, 0, COUNT);
  const received: number[] = [];
  const done = receiveAll(subscriber, ([frame]) => {
    if (String(frame) !== 'first') received.push(Number(String(frame)));
  });
  await until(() => received.length === COUNT);
  for (let number = COUNT; number < COUNT + 3; number++) {
    await delay(20);
    await sendNumbers(publisher, number, number + 1);
  }
  await until(() => received.length === COUNT + 3);
  expect(received).toEqual(numbers(0, COUNT + 3));
  subscriber.close();
  await done;
});

test('several streams share the event loop with each other and with everything else', async () => {
  const streams = await Promise.all([stream(), stream(), stream()]);
  await Promise.all(streams.map(({ publisher }) => sendNumbers(publisher, 0, COUNT)));
  let turns = 0;
  turning = setImmediate(function turn() {
    turns++;
    turning = setImmediate(turn);
  });
  const received = streams.map(() => 0);
  const halfway: number[][] = [];
  const done = streams.map(({ subscriber }, index) =>
    receiveAll(subscriber, () => {
      work();
      if (++received[index]! === COUNT / 2) halfway.push([...received]);
    }),
  );
  await until(() => received.every((count) => count >= COUNT));
  clearImmediate(turning);
  // 30,000 times 20 µs is 600 ms: 75 turns of 8 ms.
  expect(turns).toBeGreaterThan(20);
  for (const counts of halfway) expect(Math.min(...counts)).toBeGreaterThan(COUNT / 10);
  for (const { subscriber } of streams) subscriber.close();
  await Promise.all(done);
});

test.each([
  ['from the beginning', 0],
  ['after a stream of small ones', COUNT],
])('messages that take long leave turns to everything else: %s', async (_, small) => {
  const { publisher, subscriber } = await stream();
  await sendNumbers(publisher, 0, small + 300);
  let turns = 0;
  turning = setImmediate(function turn() {
    turns++;
    turning = setImmediate(turn);
  });
  let received = 0;
  let before = 0;
  const done = receiveAll(subscriber, ([frame]) => {
    if (String(frame) === 'first') return;
    if (++received === small + 1) before = turns;
    if (received > small) work(2);
  });
  await until(() => received === small + 300);
  // 300 times 2 ms is 75 turns of 8 ms.
  expect(turns - before).toBeGreaterThan(20);
  subscriber.close();
  await done;
});

test('closing the socket amid a stream ends it without an error', async () => {
  const { publisher, subscriber } = await stream();
  await sendNumbers(publisher, 0, COUNT);
  let received = 0;
  const done = receiveAll(subscriber, () => {
    received++;
    work();
  });
  await until(() => received > 1000);
  subscriber.close();
  await done;
  expect(received).toBeLessThan(COUNT);
});
