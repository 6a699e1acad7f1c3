import { expect, test } from '@jest/globals';
import type { EndGrade } from './grade.js';
import type { Row } from './row.js';
import { tableLines } from './table.js';
import { couldNotPlay, notHere, reportOf } from './verdict.js';

const ROW: Row = { name: 'udp/ipv4', title: 'UDP', play: async () => ({ ends: [] }) };

function grade(changes: Partial<EndGrade> = {}) {
  const amount = { sent: 1000, received: 200 };
  const right: EndGrade = {
    attribution: 'right',
    measured: amount,
    counted: amount,
    latencyMs: null,
    problems: [],
  };
  return { grade: { ...right, ...changes }, counted: true, who: 'client 1' };
}

test('a row passes when nothing is amiss with any of its ends', () => {
  expect(reportOf(ROW, [grade(), grade({ latencyMs: 0.5 })], [])).toMatchObject({
    verdict: 'pass',
    ends: 2,
    right: 2,
    measuredBytes: 2400,
    countedBytes: 2400,
    differencePercent: 0,
    latencyMs: { least: 0.5, most: 0.5 },
    why: [],
  });
});

test('the end that differs most is told, and equal reasons once', () => {
  const off = { measured: { sent: 900, received: 200 }, problems: ['bytes sent 900 instead of 1000'] };
  const more = { measured: { sent: 800, received: 200 }, problems: ['bytes sent 800 instead of 1000'] };
  const report = reportOf(ROW, [grade(), grade(off), grade(more)], []);
  expect(report).toMatchObject({
    verdict: 'fail',
    differencePercent: 20,
    why: ['client 1: bytes sent 900 instead of 1000 (and 1 more like it)'],
  });
});

test('a table says what is amiss, without doing what hostile text asks for', () => {
  const wrong = grade({ attribution: 'WRONG', problems: ['wrong executable /tmp/\u001b[2J'] });
  const lines = tableLines(
    [
      reportOf(ROW, [grade()], []),
      reportOf(ROW, [wrong], []),
      notHere(ROW, 'no SCTP'),
      couldNotPlay(ROW, 'died'),
    ],
    { colour: false, columns: null },
  );
  expect(lines.map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
    'row  what  attributed  bytes  off by  latency ms  verdict',
    'udp/ipv4  UDP  ✓ 1  1.2 kB  exact  pass',
    'udp/ipv4  UDP  WRONG 1  1.2 kB  exact  fail',
    '  client 1: wrong executable /tmp/\\x1b[2J',
    'udp/ipv4  UDP  not here',
    '  no SCTP',
    'udp/ipv4  UDP  fail',
    '  died',
    '',
    '1 passed, 2 failed, 1 not here',
  ]);
});

test('a narrow terminal gets narrow lines', () => {
  const [head, line] = tableLines([reportOf(ROW, [grade()], [])], { colour: true, columns: 80 });
  expect(head).not.toContain('what');
  expect(line?.endsWith('\u001b[32mpass\u001b[0m')).toBe(true);
});
