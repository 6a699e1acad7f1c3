import { describe, expect, test } from '@jest/globals';
import { decodeStatus } from './status.js';

describe('the account of a status', () => {
  test('holds only numbers that JSON can hold again', () => {
    const record = JSON.parse(
      '{"packetless":{"ledgers":[{"hop":"a","seen":1,"delivered":1,"inFlight":1e999,"dropped":{"x":1e999}}]}}',
    );
    const { ledgers } = decodeStatus(record, 0);
    expect(JSON.parse(JSON.stringify(ledgers))).toEqual([
      { hop: 'a', seen: 1, delivered: 1, dropped: {}, inFlight: 0 },
    ]);
  });
});
