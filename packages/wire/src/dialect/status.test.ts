import { describe, expect, test } from '@jest/globals';
import { decodeStatus } from './status.js';

describe('the account of a status', () => {
  test('holds only numbers that are counts', () => {
    const record = JSON.parse(
      `{"packetless":{"memoryBytes":1e300,"ledgers":[
        {"hop":"a","seen":3,"delivered":1,"inFlight":1e999,"dropped":{"x":1e999,"y":0.5,"z":-1,"w":2}},
        {"hop":"b","seen":1,"delivered":2,"inFlight":-1},
        {"hop":"c","seen":1e300,"delivered":0}]}}`,
    );
    const { ledgers, memoryBytes } = decodeStatus(record, 0);
    expect(memoryBytes).toBe(null);
    expect(ledgers).toEqual([
      { hop: 'a', seen: 3, delivered: 1, dropped: { w: 2 }, inFlight: 0 },
      { hop: 'b', seen: 1, delivered: 2, dropped: {}, inFlight: -1 },
    ]);
  });
});
