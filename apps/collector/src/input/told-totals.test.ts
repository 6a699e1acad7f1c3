import { describe, expect, test } from '@jest/globals';
import { FLOW_NUMBERS, type PacketFlow } from '@packetless/capture';
import { ToldTotals } from './told-totals.js';

/** A flow's id: the lower bits are its number. */
const id = (serial: number, number: number) => serial * FLOW_NUMBERS + number;

function told(flow: number, [clientBytes, serverBytes]: [number, number], ended = false): PacketFlow {
  const side = (port: number, bytes: number) => ({
    address: '::1',
    port,
    bytes,
    packets: bytes / 100,
    tcp: null,
  });
  return {
    id: flow,
    client: side(40_000, clientBytes),
    server: side(80, serverBytes),
    ended: ended ? 'idle' : null,
  } as PacketFlow;
}

const counted = (clientBytes: number, serverBytes: number) => ({
  clientBytes,
  clientPackets: clientBytes / 100,
  serverBytes,
  serverPackets: serverBytes / 100,
});

describe('what is new of totals', () => {
  test('is all of them at first, then what came since', () => {
    const totals = new ToldTotals();
    expect(totals.take(told(id(1, 0), [500, 0]))).toEqual(counted(500, 0));
    expect(totals.take(told(id(1, 0), [500, 2000]))).toEqual(counted(0, 2000));
    expect(totals.take(told(id(1, 0), [700, 2000], true))).toEqual(counted(200, 0));
  });

  test('stays with its end when it turns out that the other one is the client', () => {
    const totals = new ToldTotals();
    const { client, server, ...more } = told(id(1, 0), [700, 400]);
    totals.take({ ...more, client: server, server: client });
    expect(totals.take(told(id(1, 0), [900, 500]))).toEqual(counted(200, 100));
  });

  test('another flow of the same number begins at zero, whether the end of the first was told or not', () => {
    const totals = new ToldTotals();
    totals.take(told(id(1, 7), [500, 300]));
    expect(totals.take(told(id(2, 7), [100, 100]))).toEqual(counted(100, 100));
    totals.take(told(id(2, 7), [100, 100], true));
    expect(totals.take(told(id(3, 7), [900, 100]))).toEqual(counted(900, 100));
  });

  test('of as many flows as there may be, and of totals beyond 32 bits', () => {
    const totals = new ToldTotals();
    const numbers = [0, 1, 1023, 1024, 100_000, FLOW_NUMBERS - 1];
    for (const number of numbers) totals.take(told(id(9, number), [2 ** 50, number * 100]));
    for (const number of numbers)
      expect(totals.take(told(id(9, number), [2 ** 50 + 100, number * 100]))).toEqual(counted(100, 0));
  });
});
