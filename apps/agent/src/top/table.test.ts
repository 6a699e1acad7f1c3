import { describe, expect, test } from '@jest/globals';
import { painter, columnsOf as widthOf } from '@packetless/terminal';
import fc from 'fast-check';
import { sampleProcess } from '../activity/events.sample.js';
import { type Row, VIEWS } from '../activity/groups.js';
import { SORT_KEYS, type SortKey } from './columns.js';
import { frameLines } from './frame.js';
import { sorted } from './sort.js';
import { initialState } from './state.js';
import { fittingColumns, headerLine, rowLine } from './table.js';

const paint = painter(false);

function row(changes: Partial<Row> = {}): Row {
  return {
    key: 'k',
    name: 'curl',
    process: sampleProcess(),
    outPerSecond: 0,
    inPerSecond: 0,
    retransmitsPerSecond: 0,
    openedPerSecond: 0,
    failedPerSecond: 0,
    rttMs: null,
    open: 0,
    listening: 0,
    ...changes,
  };
}

describe('columns', () => {
  test.each([
    [40, 'name out in open'],
    [60, 'name out in rtt retransmits open'],
    [64, 'pid name out in rtt retransmits open'],
    [80, 'pid name out in rtt retransmits open new failed listening'],
    [200, 'pid name user out in rtt retransmits open new failed listening command'],
    [5, 'name'],
  ])('of %i characters: %s', (width, ids) => {
    expect(
      fittingColumns('process', width)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(ids);
  });

  test('fill a line of any terminal and never more, whatever a program is called', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(...VIEWS),
        fc.string({ unit: 'grapheme' }),
        fc.nat(1e12),
        (width, view, name, bytes) => {
          const columns = fittingColumns(view, width);
          const process = sampleProcess({ name, cmdline: name });
          const line = rowLine(
            row({ name, process, outPerSecond: bytes, inPerSecond: bytes }),
            columns,
            paint,
          );
          expect(widthOf(line)).toBeLessThanOrEqual(width);
          expect(widthOf(headerLine(columns, 'traffic', width, paint))).toBe(width);
        },
      ),
    );
  });

  test('show numbers with their units, and nothing as a dot', () => {
    const columns = fittingColumns('process', 80);
    const busy = row({
      outPerSecond: 1234,
      rttMs: 0.1771,
      retransmitsPerSecond: 0.5,
      open: 3,
      openedPerSecond: 12.34,
    });
    expect(rowLine(busy, columns, paint)).toBe(
      '   4242 curl             1.2 kB        · 0.177 ms    0.5     3    12      ·    ·',
    );
    expect(headerLine(columns, 'rtt', 80, paint)).toContain('*RTT RETR/s');
  });

  test('tell what is unknown, a script and a deleted program', () => {
    const columns = fittingColumns('process', 120);
    const line = (process: Row['process'], name = 'x') => rowLine(row({ name, process }), columns, paint);
    expect(line(null, '?')).toMatch(/^ {6}- \? +\? /);
    expect(line(sampleProcess({ name: 'python3', script: '/srv/app.py' }))).toContain('python3[app.py] ');
    expect(line(sampleProcess({ exeDeleted: true }))).toContain('curl(deleted) ');
  });
});

describe('an order', () => {
  const rows = [
    row({
      key: 'a',
      name: 'b',
      outPerSecond: 1,
      inPerSecond: 9,
      rttMs: 5,
      process: sampleProcess({ pid: 3, user: 'x' }),
    }),
    row({ key: 'b', name: 'a', outPerSecond: 5, rttMs: null, open: 2, process: null, listening: null }),
    row({ key: 'c', name: 'C', failedPerSecond: 1, rttMs: 1, process: sampleProcess({ pid: 1, user: 'a' }) }),
  ];
  const keys = (key: SortKey, reversed = false) =>
    sorted(rows, { key, reversed })
      .map((each) => each.key)
      .join('');

  test.each<[SortKey, string, string]>([
    ['traffic', 'abc', 'cba'],
    ['out', 'bac', 'cab'],
    ['in', 'abc', 'bca'],
    ['name', 'bac', 'cab'],
    ['pid', 'cab', 'acb'],
    ['user', 'cab', 'acb'],
    ['rtt', 'acb', 'cab'],
    ['open', 'bac', 'acb'],
    ['failed', 'cab', 'abc'],
    ['listening', 'acb', 'acb'],
  ])('by %s: %s, reversed %s; what is not known comes last', (key, expected, reversed) => {
    expect([keys(key), keys(key, true)]).toEqual([expected, reversed]);
  });

  test('by any column is of all rows', () => {
    for (const key of SORT_KEYS) expect([...keys(key)].sort().join('')).toBe('abc');
  });
});

describe('a frame', () => {
  const state = initialState('process', { key: 'traffic', reversed: false });
  const many = Array.from({ length: 30 }, (_, index) =>
    row({ key: `${index}`, name: `p${index}`, process: null }),
  );
  const frame = (changes: Partial<Parameters<typeof frameLines>[0]> = {}) =>
    frameLines({
      state,
      rows: many,
      total: row({ name: 'total', process: null, outPerSecond: 5000, open: 7 }),
      columns: fittingColumns('process', 80),
      width: 80,
      height: 24,
      title: 'web-1 ebpf A',
      time: '12:03:04',
      warning: null,
      missing: [],
      paint,
      ...changes,
    });

  test('is a title, sums, a header, as many rows as there is room for, and the keys', () => {
    const lines = frame();
    expect(lines).toHaveLength(24);
    expect(lines[0]).toMatch(/^12:03:04 by process {2}web-1 ebpf A/);
    expect(lines[1]).toMatch(/^out 5\.0 kB\/s {2}in 0 B\/s {2}conn 7 /);
    expect(lines[3]).toContain(' p0 ');
    expect(lines[22]).toContain(' p19 ');
    expect(lines[23]).toMatch(/^q quit/);
  });

  test('begins further down when scrolled, and says so', () => {
    const lines = frame({ state: { ...state, offset: 10 } });
    expect(lines[1]).toMatch(/^from row 11 of 30 /);
    expect(lines[3]).toContain(' p10 ');
  });

  test('has a line for what the user should know, the filter being typed, and the help', () => {
    expect(frame({ warning: 'lost: 3' })[2]).toMatch(/^lost: 3 /);
    expect(frame({ state: { ...state, typing: 'proces:x', mistake: 'no field' } }).at(-1)).toMatch(
      /^filter: proces:x█ {2}no field/,
    );
    expect(frame({ state: { ...state, filterText: 'failed', paused: true } })[0]).toContain(
      'PAUSED  filter: failed',
    );
    const help = frame({ state: { ...state, help: true }, missing: ['retransmissions: not here'] });
    expect(help.join('\n')).toMatch(/VIEW .*not seen retransmissions: not here/s);
  });

  test('has as many lines as any terminal, none of them wider, and nothing active in it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 60 }),
        fc.boolean(),
        fc.string({ unit: 'binary' }),
        (width, height, help, name) => {
          const rows = [row({ name, process: sampleProcess({ name, cmdline: name, user: name }) })];
          const lines = frame({
            width,
            height,
            rows,
            columns: fittingColumns('process', width),
            state: { ...state, help, filterText: name },
          });
          expect(lines).toHaveLength(height);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
          }
        },
      ),
    );
  });
});
