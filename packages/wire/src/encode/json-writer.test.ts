import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { JsonWriter, literal, Piece } from './json-writer.js';
import { formatTimestamp } from './timestamp.js';

const KEY = literal('"k":');
const OBJECT = literal('"o":');

function written(write: (writer: JsonWriter) => void): string {
  const writer = new JsonWriter(64 * 1024);
  writer.begin();
  write(writer);
  writer.end();
  expect(writer.overflowed).toBe(false);
  expect(Buffer.byteLength(writer.toString())).toBe(writer.length);
  return writer.toString();
}

describe('JSON written by hand', () => {
  test('has any text as JSON.stringify writes it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (value, key) => {
        expect(written((writer) => writer.text(KEY, value))).toBe(JSON.stringify({ k: value }));
        const object = Object.fromEntries([[key, value]]);
        expect(written((writer) => writer.textBy(key, value))).toBe(JSON.stringify(object));
      }),
    );
    const halves = '\ud83d x \ude00 "\\\n';
    expect(written((writer) => writer.text(KEY, halves))).toBe(JSON.stringify({ k: halves }));
  });

  test('has any number as JSON.stringify writes it', () => {
    const numbers = fc.oneof(
      fc.double({ min: 0, noDefaultInfinity: true, noNaN: true }),
      fc.maxSafeNat(),
      // Microseconds as milliseconds, which are most of all fractions.
      fc.nat(2 ** 33).map((us) => us / 1000),
      fc.constantFrom(0, -0, 0.1, 0.001, 0.0005, 1e-7, 1e21, 2 ** 31 - 1, 2 ** 31, 2147483.647, 2147483.648),
    );
    fc.assert(
      fc.property(numbers, (value) => {
        expect(written((writer) => writer.number(KEY, value))).toBe(JSON.stringify({ k: value }));
      }),
      { numRuns: 1000 },
    );
  });

  test('leaves out what is not known and what is no number', () => {
    const nothing = written((writer) => {
      for (const value of [null, Number.NaN, -1, Number.POSITIVE_INFINITY]) writer.number(KEY, value);
      writer.text(KEY, null);
    });
    expect(nothing).toBe('{}');
  });

  test('has times as other events have them', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 5e12, noNaN: true }), (time) => {
        const text = written((writer) => writer.timestamp(KEY, time));
        expect(JSON.parse(text)).toEqual({ k: formatTimestamp(time) });
      }),
    );
  });

  test('has objects in objects, and takes back the empty ones where asked to', () => {
    const text = written((writer) => {
      const start = writer.length;
      writer.open(OBJECT);
      writer.closeUnlessEmpty(start);
      writer.number(KEY, 1);
      writer.open(OBJECT);
      writer.open(OBJECT);
      writer.number(KEY, 2);
      writer.close();
      writer.open(KEY);
      writer.close();
      writer.close();
    });
    expect(text).toBe('{"k":1,"o":{"o":{"k":2},"k":{}}}');
  });

  test('repeats what was copied, whatever characters it has', () => {
    for (const value of ['plain', 'é😀"']) {
      const writer = new JsonWriter(8192);
      writer.begin();
      const start = writer.length;
      writer.text(KEY, value);
      const piece = new Piece();
      writer.keep(piece, start, writer.length);
      writer.begin();
      writer.piece(piece);
      writer.end();
      expect(writer.toString()).toBe(JSON.stringify({ k: value }));
    }
  });

  test('never writes beyond its memory, and tells', () => {
    const writer = new JsonWriter(8192);
    const piece = new Piece();
    writer.begin();
    writer.text(KEY, 'x'.repeat(600));
    for (let pieces = 1; pieces < 5; pieces++) writer.literal(literal('x'.repeat(600)));
    writer.keep(piece, 1, writer.length);
    for (const much of [
      () => writer.text(KEY, '\u0001'.repeat(5000)),
      () => {
        writer.piece(piece);
        writer.piece(piece);
      },
    ]) {
      writer.begin();
      much();
      expect(writer.overflowed).toBe(true);
      expect(writer.length).toBeLessThan(8192);
    }
    writer.begin();
    writer.end();
    expect([writer.overflowed, writer.toString()]).toEqual([false, '{}']);
  });

  test('puts one text behind another, and moves it', () => {
    const writer = new JsonWriter(64 * 1024);
    const put = (at: number, value: string) => {
      writer.begin(at);
      writer.text(KEY, value);
      writer.end();
      return writer.length;
    };
    const first = put(1, 'first');
    writer.put(0, 0x5b);
    writer.put(1 + first, 0x2c);
    const second = put(2 + first, 'sécond');
    expect(writer.ascii).toBe(false);
    expect(writer.memory.toString('utf8', 0, 2 + first + second)).toBe('[{"k":"first"},{"k":"sécond"}');
    writer.move(1);
    expect([writer.length, writer.toString()]).toEqual([second, '{"k":"sécond"}']);
  });

  test('copies literals and pieces of any length', () => {
    const piece = new Piece();
    const keep = (text: string) => {
      const writer = new JsonWriter(64 * 1024);
      writer.begin();
      writer.text(KEY, text);
      writer.keep(piece, 1, writer.length);
    };
    for (const length of [0, 1, 2, 3, 4, 5, 300, 6]) {
      const text = 'é'.repeat(length);
      keep(text);
      const copied = written((writer) => {
        writer.literal(literal(`"${'x'.repeat(length)}":1,`));
        writer.piece(piece);
      });
      expect(JSON.parse(copied)).toEqual({ ['x'.repeat(length)]: 1, k: text });
    }
  });
});
