import { PassThrough, Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { LineWriter } from './line-writer.js';

/** A reader that takes nothing until told to. */
class SlowReader extends Writable {
  readonly waiting: (() => void)[] = [];
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.waiting.push(done);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('writes lines in order and counts them when the reader has taken them', async () => {
  const stream = new PassThrough();
  const writer = new LineWriter(stream);
  writer.write('one');
  writer.write('zwei ü');
  await writer.close(1000);
  expect(stream.read().toString()).toBe('one\nzwei ü\n');
  expect(writer.ledger.snapshot()).toMatchObject({ seen: 2, delivered: 2, inFlight: 0 });
});

test('holds no more than its bound for a slow reader; the rest is counted', async () => {
  const reader = new SlowReader();
  const writer = new LineWriter(reader, { maxBytes: 100 });
  for (let line = 0; line < 30; line += 1) {
    writer.write('123456789');
    await turn();
  }
  expect(writer.ledger.snapshot()).toMatchObject({ seen: 30, inFlight: 10, dropped: { 'output full': 20 } });

  while (reader.waiting.length > 0) {
    reader.waiting.shift()?.();
    await turn();
  }
  writer.write('room again');
  await turn();
  reader.waiting.shift()?.();
  await turn();
  expect(reader.text.endsWith('\nroom again\n')).toBe(true);
  expect(writer.ledger.snapshot()).toMatchObject({ seen: 31, delivered: 11, inFlight: 0 });
});

test('more lines in one turn than it may hold are no loss for a reader that takes them at once', async () => {
  let taken = 0;
  const reader = new Writable({
    write(chunk: Buffer, _encoding, done) {
      taken += chunk.length;
      done();
    },
  });
  const writer = new LineWriter(reader, { maxBytes: 1024 * 1024 });
  const line = 'x'.repeat(1023);
  for (let count = 0; count < 3000; count += 1) writer.write(line);
  await writer.close(1000);
  expect(taken).toBe(3000 * 1024);
  expect(writer.ledger.snapshot()).toMatchObject({ seen: 3000, delivered: 3000, dropped: {} });
});

test('what a reader did not take in time is counted as lost', async () => {
  const writer = new LineWriter(new SlowReader());
  writer.write('never taken');
  await writer.close(20);
  expect(writer.ledger.snapshot()).toMatchObject({
    delivered: 0,
    inFlight: 0,
    dropped: { 'output full': 1 },
  });
});

test('a reader that goes away is told once, and later lines are counted', async () => {
  let closed = 0;
  const stream = new PassThrough();
  const writer = new LineWriter(stream, { onClosed: () => (closed += 1) });
  stream.destroy(new Error('EPIPE'));
  await turn();
  writer.write('a');
  writer.write('b');
  await writer.close(1000);
  expect(closed).toBe(1);
  expect(writer.ledger.snapshot()).toMatchObject({ seen: 2, inFlight: 0, dropped: { 'output closed': 2 } });
});
