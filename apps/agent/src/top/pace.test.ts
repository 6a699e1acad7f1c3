import { expect, test } from '@jest/globals';
import { Pace } from './pace.js';

test('a span ends with each look at all sockets', () => {
  const pace = new Pace(1000, 0);
  expect([pace.look(990), pace.pass(1000), pace.look(2010), pace.pass(2900), pace.look(3005)]).toEqual([
    990,
    null,
    1020,
    null,
    995,
  ]);
});

test('a look that comes too soon after the last one ends none', () => {
  const pace = new Pace(1000, 0);
  expect([pace.look(100), pace.look(1100)]).toEqual([null, 1100]);
});

test('where no looks are seen the clock ends spans', () => {
  const pace = new Pace(1000, 0);
  expect([pace.pass(1400), pace.pass(1500), pace.pass(2000), pace.pass(3000)]).toEqual([
    null,
    1500,
    null,
    1500,
  ]);
});

test('looks that come seldom are waited for, as in a recording', () => {
  const pace = new Pace(1000, 0);
  pace.look(5000);
  pace.look(10_000);
  expect([pace.pass(12_000), pace.pass(15_000), pace.look(15_100)]).toEqual([null, null, 5100]);
});
