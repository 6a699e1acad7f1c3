import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ApiError, createApi } from './api.js';

let server: Server | null = null;

/** A real HTTP server that answers everything with this, and tells what it was asked. */
async function answering(status: number, body: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const listening = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`, asked };
}

afterEach(async () => {
  if (server !== null) await new Promise((resolve) => server!.close(resolve));
  server = null;
});

describe('REST client', () => {
  test('asks with the query it was given and returns the checked answer', async () => {
    const { url, asked } = await answering(200, '{"total":7,"flows":[]}');
    const query = { filter: 'process:curl and port:443', sort: '-bytes', limit: 10 } as const;
    expect(await createApi(url).flows(query)).toEqual({ total: 7, flows: [] });
    expect(asked).toEqual(['/api/v1/flows?filter=process%3Acurl+and+port%3A443&sort=-bytes&limit=10']);
  });

  test('asks for what hosts have: listening sockets, interfaces', async () => {
    const listening = await answering(200, '{"total":0,"listening":[]}');
    await createApi(listening.url).listening({ filter: 'port:22', sort: '-since', agent: 'web 1' });
    expect(listening.asked).toEqual(['/api/v1/listening?filter=port%3A22&sort=-since&agent=web+1']);
    await new Promise((resolve) => server!.close(resolve));
    const counters = await answering(200, '{"total":0,"counters":[]}');
    expect(await createApi(counters.url).counters({ agent: 'web-1', scope: 'own' })).toEqual({
      total: 0,
      counters: [],
    });
    expect(counters.asked).toEqual(['/api/v1/counters?agent=web-1&scope=own']);
  });

  test('an id cannot leave its place in the path', async () => {
    const { url, asked } = await answering(404, '{"error":{"code":"not_found","message":"No such flow"}}');
    await expect(createApi(url).flow('../agents?x')).rejects.toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(asked).toEqual(['/api/v1/flows/..%2Fagents%3Fx']);
  });

  test('a refusal carries code, message and place', async () => {
    const { url } = await answering(
      400,
      '{"error":{"code":"bad_filter","message":"Unknown field","path":"filter"}}',
    );
    const refusal = await createApi(url)
      .flows({ filter: 'nonsense:1' })
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ApiError);
    expect(refusal).toMatchObject({
      status: 400,
      code: 'bad_filter',
      message: 'Unknown field',
      path: 'filter',
    });
  });

  test('an answer in another form is an error, not a wrong value', async () => {
    const { url } = await answering(200, '{"total":"many"}');
    await expect(createApi(url).agents()).rejects.toMatchObject({ code: 'bad_answer' });
  });

  test('no answer at all says where it was sought', async () => {
    const { url } = await answering(200, '{}');
    await new Promise((resolve) => server!.close(resolve));
    server = null;
    await expect(createApi(url).health()).rejects.toMatchObject({ status: 0, code: 'no_answer' });
  });
});
