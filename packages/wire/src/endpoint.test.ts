import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EndpointError, MAX_ENDPOINTS, parseEndpoints } from './endpoint.js';

describe('an endpoint', () => {
  test.each([
    ['tcp://*:1234c', 'collector', 'tcp://*:1234', 'bind'],
    ['tcp://127.0.0.1:1234', 'collector', 'tcp://127.0.0.1:1234', 'connect'],
    ['tcp://127.0.0.1:1234c', 'agent', 'tcp://127.0.0.1:1234', 'connect'],
    ['tcp://127.0.0.1:1234', 'agent', 'tcp://127.0.0.1:1234', 'bind'],
    ['tcp://*:5556', 'agent', 'tcp://*:5556', 'bind'],
    ['zmq://collector.example:1234c', 'agent', 'tcp://collector.example:1234', 'connect'],
    ['tcp://[2001:db8::1]:1234c', 'agent', 'tcp://[2001:db8::1]:1234', 'connect'],
    ['tcp://127.0.0.1:*c', 'collector', 'tcp://127.0.0.1:*', 'bind'],
    ['tcp://127.0.0.1:0c', 'collector', 'tcp://127.0.0.1:*', 'bind'],
    ['ipc:///run/packetless.sockc', 'collector', 'ipc:///run/packetless.sock', 'bind'],
    ['ipc:///run/packetless.sock', 'collector', 'ipc:///run/packetless.sock', 'connect'],
  ] as const)('%s at the %s is %s, %s', (text, program, address, mode) => {
    expect(parseEndpoints(text, program)).toEqual([{ text, address, mode }]);
  });

  test('written with -z= loses the equals sign', () => {
    expect(parseEndpoints('=tcp://10.0.0.1:1234c', 'agent')).toEqual([
      { text: 'tcp://10.0.0.1:1234c', address: 'tcp://10.0.0.1:1234', mode: 'connect' },
    ]);
  });

  test('decides its mode by itself in a list', () => {
    expect(parseEndpoints('tcp://*:1c,tcp://10.0.0.1:2', 'collector').map(({ mode }) => mode)).toEqual([
      'bind',
      'connect',
    ]);
  });

  test.each([
    ['', /empty.*tcp:\/\/HOST:PORT/],
    ['tcp://*:1c,', /empty/],
    ['1234', /no scheme/],
    ['udp://10.0.0.1:1', /unknown scheme "udp"/],
    ['constructor://10.0.0.1:1', /unknown scheme/],
    ['tcp://10.0.0.1', /no port/],
    ['tcp://10.0.0.1:', /invalid port ""/],
    ['tcp://10.0.0.1:0', /invalid port "0".*1 to 65535/],
    ['tcp://10.0.0.1:65536c', /invalid port "65536"/],
    ['tcp://10.0.0.1:12x4', /invalid port "12x4"/],
    ['tcp://:1234c', /no host/],
    ['tcp://2001:db8::1:1234', /invalid host.*\[ \]/],
    ['tcp://a b:1', /invalid host/],
    ['tcp://*:1234', /would connect to "\*"/],
    ['ipc://', /no path/],
    [`ipc:///${'x'.repeat(120)}`, /too long/],
    ['tcp://*:1c,tcp://*:1c', /given twice/],
  ])('%j is refused with advice', (text, message) => {
    expect(() => parseEndpoints(text, 'collector')).toThrow(EndpointError);
    expect(() => parseEndpoints(text, 'collector')).toThrow(message);
  });

  test('comes in lists of at most 32', () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, index) => `tcp://*:${index + 1}c`).join();
    expect(parseEndpoints(list(MAX_ENDPOINTS), 'collector')).toHaveLength(MAX_ENDPOINTS);
    expect(() => parseEndpoints(list(MAX_ENDPOINTS + 1), 'collector')).toThrow(/at most 32/);
  });

  test('of any text is read or refused, nothing else', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `tcp://${rest}`),
    );
    fc.assert(
      fc.property(text, fc.constantFrom('agent', 'collector'), (written, program) => {
        try {
          parseEndpoints(written, program);
        } catch (error) {
          expect(error).toBeInstanceOf(EndpointError);
        }
      }),
    );
  });
});
