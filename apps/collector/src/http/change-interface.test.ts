/** `PATCH /api/v1/interfaces/:name` as clients and other sites' pages send it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorSchema, interfaceSchema } from '@packetless/live';
import { RunningCollector, zmqInterface } from '../../test/running-collector.js';

const NAME = 'tcp://127.0.0.1:*c';
const ENCODED = encodeURIComponent(NAME);

describe('interfaces by name', () => {
  let running: RunningCollector;
  beforeAll(async () => {
    const interfaces = [zmqInterface(NAME), zmqInterface('ipc:///tmp/packetless-change-interface.sock')];
    running = await RunningCollector.start({ interfaces });
  });
  afterAll(() => running.stop());

  const change = (body: string, headers: { [name: string]: string } = {}, path = ENCODED) =>
    running.get(`api/v1/interfaces/${path}`, {
      method: 'PATCH',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  test.each([ENCODED, NAME])('is found by %s', async (path) => {
    const answer = await running.get(`api/v1/interfaces/${path}`);
    expect(interfaceSchema.parse(await answer.json())).toMatchObject({
      name: NAME,
      mirrored: null,
      companions: [],
      eventsDelivered: 0,
    });
  });

  test('one that is not there is refused, whatever is to change', async () => {
    for (const answer of [
      await running.get('api/v1/interfaces/ens4'),
      await change('{"mirrored":true}', {}, 'ens4'),
    ]) {
      expect(answer.status).toBe(404);
      expect(errorSchema.parse(await answer.json()).error.code).toBe('unknown_interface');
    }
  });

  test.each<[body: string, status: number, code: string, path: string | undefined, message: RegExp]>([
    [`{"companion":"${NAME}"}`, 400, 'bad_companion', 'companion', /cannot be a companion of itself/],
    [
      '{"companion":"ens4"}',
      400,
      'bad_companion',
      'companion',
      /no interface "ens4"; there is none that fits/,
    ],
    [
      '{"companion":"ipc:///tmp/packetless-change-interface.sock"}',
      400,
      'bad_companion',
      'companion',
      /must be a packet interface/,
    ],
    ['{"mirrored":true}', 400, 'not_packets', 'mirrored', /only a packet interface can see mirrored traffic/],
    ['{"mirrored":"yes"}', 400, 'bad_request', 'mirrored', /boolean/],
    ['{"companion":7}', 400, 'bad_request', 'companion', /./],
    ['{"companion":""}', 400, 'bad_request', 'companion', /./],
    ['{"mirored":true}', 400, 'bad_request', 'mirored', /no parameter "mirored"/],
    ['{}', 400, 'bad_request', undefined, /mirrored, companion or both/],
    ['[]', 400, 'bad_request', '', /./],
    ['{"mirrored":', 400, 'bad_request', undefined, /./],
    [`{"companion":"${'x'.repeat(3000)}"}`, 400, 'bad_request', 'companion', /./],
    [`{"companion":"${'x'.repeat(30_000)}"}`, 413, 'bad_request', undefined, /./],
  ])('%s is refused by %d %s', async (body, status, code, path, message) => {
    const answer = await change(body);
    expect(answer.status).toBe(status);
    const { error } = errorSchema.parse(await answer.json());
    expect(error).toMatchObject({ code, ...(path === undefined ? {} : { path }) });
    expect(error.message).toMatch(message);
  });

  test.each([
    ['text', { 'content-type': 'text/plain' }, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a page of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }, 403],
    ['a page of another site in an old browser', { origin: 'https://evil.example' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
  ])('from %s it is refused', async (_from, headers, status) => {
    expect((await change('{"companion":null}', headers as { [name: string]: string })).status).toBe(status);
  });

  test('from its own page it is taken', async () => {
    const answer = await change('{"companion":null}', { origin: new URL(running.url).origin });
    expect(answer.status).toBe(200);
    expect(interfaceSchema.parse(await answer.json()).companions).toEqual([]);
  });

  test.each(['POST', 'PUT', 'DELETE'])('%s is not allowed', async (method) => {
    const answer = await running.get(`api/v1/interfaces/${ENCODED}`, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH']);
  });
});
