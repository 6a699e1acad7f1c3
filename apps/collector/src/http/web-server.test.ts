import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { errorSchema } from '@packetless/live';
import { WebSocket } from 'ws';
import { connectEvent } from '../../test/events.js';
import { RunningCollector } from '../../test/running-collector.js';
import { waitFor } from '../../test/wait.js';

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

describe('web server', () => {
  let running: RunningCollector;
  let ui: string;

  beforeAll(async () => {
    ui = mkdtempSync(join(tmpdir(), 'packetless-ui-'));
    mkdirSync(join(ui, 'assets'));
    writeFileSync(join(ui, 'index.html'), '<!doctype html><title>page</title>');
    writeFileSync(join(ui, 'assets', 'app-1234.js'), 'export {};');
    running = await RunningCollector.start({ uiDirectory: ui });
    await (await running.sender()).send('flow', connectEvent(1234));
    await waitFor('the flow', async () => (await running.flows()).total === 1);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(ui, { recursive: true });
  });

  /** fetch tidies paths and hides headers, so by hand. */
  function ask(path: string, options: { method?: string; headers?: { [name: string]: string } } = {}) {
    return new Promise<Answer>((resolve, reject) => {
      const asked = request({ port: running.port, host: '127.0.0.1', path, ...options }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
      });
      asked.on('error', reject).end();
    });
  }

  /** What the server answers to these bytes. */
  function say(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = connect(running.port, '127.0.0.1', () => socket.end(bytes));
      socket.on('data', (part) => {
        text += part;
      });
      socket.on('close', () => resolve(text));
    });
  }

  function openLive(headers: { [name: string]: string }, path = 'api/v1/live'): Promise<number> {
    return new Promise((resolve) => {
      const socket = new WebSocket(`ws://127.0.0.1:${running.port}/${path}`, { headers });
      socket.on('open', () => {
        socket.terminate();
        resolve(101);
      });
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      socket.on('error', () => undefined);
    });
  }

  describe('refusals under /api say what is wrong', () => {
    test.each([
      ['/api/v1/flows?filter=port%3A', 400, 'bad_filter', 'filter'],
      ['/api/v1/flows?limit=-1', 400, 'bad_request', 'limit'],
      ['/api/v1/flows?limit=1001', 400, 'bad_request', 'limit'],
      ['/api/v1/flows?limit=ten', 400, 'bad_request', 'limit'],
      ['/api/v1/flows?limit=1&limit=2', 400, 'bad_request', 'limit'],
      ['/api/v1/flows?sort=colour', 400, 'bad_request', 'sort'],
      ['/api/v1/flows?colour=red', 400, 'bad_request', 'colour'],
      ['/api/v1/flows?interface=eth9', 400, 'unknown_interface', 'interface'],
      ['/api/v1/listening?filter=port%3A', 400, 'bad_filter', 'filter'],
      ['/api/v1/listening?sort=bytes', 400, 'bad_request', 'sort'],
      ['/api/v1/listening?interface=eth9', 400, 'unknown_interface', 'interface'],
      ['/api/v1/counters?sort=name', 400, 'bad_request', 'sort'],
      ['/api/v1/flows/nonsense', 404, 'not_found', undefined],
      ['/api/v1/flows/%ff', 400, 'bad_url', undefined],
      ['/api/v1/flows/%', 400, 'bad_url', undefined],
      ['/api/v1/nothing', 404, 'not_found', undefined],
      ['/api', 404, 'not_found', undefined],
    ])('%s → %i %s', async (path, status, code, at) => {
      const answer = await ask(path);
      expect(answer.status).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      const { error } = errorSchema.parse(JSON.parse(answer.text));
      expect(error).toMatchObject({ code, ...(at === undefined ? {} : { path: at }) });
      expect(error.message).toMatch(/^[A-Z].*/);
    });

    test('a filter error tells the place', async () => {
      const { text } = await ask('/api/v1/flows?filter=process%3Acurl%20and%20)');
      expect(errorSchema.parse(JSON.parse(text)).error.message).toMatch(/at character 17/);
    });

    test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
      const answer = await ask('/api/v1/flows', { method });
      expect(answer.status).toBe(405);
      expect(answer.headers.allow).toBe('GET, HEAD');
      expect(errorSchema.parse(JSON.parse(answer.text)).error.code).toBe('method_not_allowed');
    });
  });

  test('a filter, a sort and a window', async () => {
    expect((await running.flows({ filter: 'process:curl and port:443', sort: '-bytes' })).total).toBe(1);
    expect((await running.flows({ filter: 'process:wget' })).total).toBe(0);
    expect(await running.flows({ limit: '0' })).toEqual({ total: 1, flows: [] });
    expect(await running.flows({ offset: '1' })).toEqual({ total: 1, flows: [] });
  });

  test('the description names every path and schema that it refers to', async () => {
    const document = JSON.parse((await ask('/api/v1/openapi.json')).text);
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual([
      '/health',
      '/interfaces',
      '/interfaces/{name}',
      '/agents',
      '/flows',
      '/flows/{id}',
      '/listening',
      '/counters',
      '/containers',
      '/pods',
      '/namespaces',
      '/workloads',
    ]);
    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
    for (const reference of references) {
      const name = /#\/components\/schemas\/(\w+)/.exec(reference)?.[1];
      expect(document.components.schemas).toHaveProperty(name ?? reference);
    }
    const filter = document.paths['/flows'].get.parameters.find(
      ({ name }: { name: string }) => name === 'filter',
    );
    expect(filter).toMatchObject({ in: 'query', required: false, schema: { type: 'string' } });
    const { Flow, FlowEndpoint } = document.components.schemas;
    expect(Flow.properties.client).toEqual({ $ref: '#/components/schemas/FlowEndpoint' });
    expect(FlowEndpoint.properties.address).toEqual({ type: 'string' });
  });

  test('metrics for Prometheus', async () => {
    const { status, headers, text } = await ask('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
    expect(text).toMatch(
      /^packetless_events_total\{interface="tcp:\/\/127\.0\.0\.1:\*c",kind="CONNECT"\} 1$/m,
    );
    expect(text).toMatch(/^packetless_flows\{interface="tcp:\/\/127\.0\.0\.1:\*c"\} 1$/m);
    expect(text).toMatch(/^packetless_drops_total\{.*hop="receive",reason="topic not used"\} \d+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  describe('the page', () => {
    test.each(['/', '/flows?filter=x', '/agents/some%20agent'])('%s is index.html', async (path) => {
      const { status, headers, text } = await ask(path);
      expect([status, text]).toEqual([200, '<!doctype html><title>page</title>']);
      expect(headers['cache-control']).toBe('no-cache');
    });

    test('assets are kept for ever; one that is gone is not answered by the page', async () => {
      const { headers, text } = await ask('/assets/app-1234.js');
      expect(text).toBe('export {};');
      expect(headers['cache-control']).toMatch(/immutable/);
      expect((await ask('/assets/app-0.js')).status).toBe(404);
    });

    test.each([
      '/../../etc/passwd',
      '/..%2f..%2fetc/passwd',
      '/assets/../../package.json',
      '/%00',
      '/%',
      '//etc',
    ])('%s gets nothing but the page or a refusal', async (path) => {
      const { status, text } = await ask(path);
      expect(status === 200 ? text : '<!doctype html><title>page</title>').toBe(
        '<!doctype html><title>page</title>',
      );
      expect([200, 400, 403, 404]).toContain(status);
      expect(text).not.toMatch(/root:|node_modules/);
    });

    test('says what to do when it has not been built', async () => {
      const other = await RunningCollector.start({ uiDirectory: join(ui, 'missing') });
      const response = await other.get('');
      expect(response.status).toBe(503);
      expect(await response.text()).toMatch(/pnpm build/);
      await other.stop();
    });
  });

  describe('access', () => {
    test('answers carry the headers that keep a browser strict', async () => {
      for (const path of ['/', '/api/v1/health', '/api/v1/nothing', '/metrics']) {
        const { headers } = await ask(path, { headers: { host: `localhost:${running.port}` } });
        expect(headers['x-content-type-options']).toBe('nosniff');
        expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
        expect(headers['content-security-policy']).toContain(
          `connect-src 'self' ws://localhost:${running.port}`,
        );
        expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
        expect(headers).not.toHaveProperty('x-powered-by');
      }
    });

    test.each([
      ['localhost', 200],
      ['LOCALHOST:80', 200],
      ['127.0.0.1:3000', 200],
      ['[::1]:3000', 200],
      ['evil.example', 403],
      ['127.0.0.1.evil.example:3000', 403],
      ["localhost'; script-src *", 403],
    ])('Host: %s → %i', async (host, status) => {
      expect((await ask('/api/v1/health', { headers: { host } })).status).toBe(status);
      expect((await ask('/', { headers: { host } })).status).toBe(status);
      expect(await openLive({ host })).toBe(status === 200 ? 101 : 403);
    });

    test('only pages of this collector may open the WebSocket', async () => {
      const host = `127.0.0.1:${running.port}`;
      expect(await openLive({ origin: `http://${host}` })).toBe(101);
      expect(await openLive({ origin: 'http://evil.example' })).toBe(403);
      expect(await openLive({ origin: 'http://127.0.0.1:1' })).toBe(403);
      expect(await openLive({ origin: 'null' })).toBe(403);
      expect(await openLive({ host: 'localhost', origin: 'http://localhost' })).toBe(101);
      expect(await openLive({}, 'elsewhere')).toBe(404);
      expect(await openLive({}, 'api/v1/live?encoding=deflate-raw')).toBe(101);
      expect(await openLive({}, 'api/v1/live?encoding=gzip')).toBe(400);
    });

    test.each([
      [{}, 200],
      [{ 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 200],
      [{ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
      [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }, 200],
      [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 403],
      [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 403],
      [{ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }, 403],
    ])('pages of other sites may link here only: %o → %i', async (headers, status) => {
      expect((await ask('/api/v1/health', { headers: headers as { [name: string]: string } })).status).toBe(
        status,
      );
    });

    test('a refused WebSocket is closed though its peer does not end', async () => {
      const socket = connect({ port: running.port, host: '127.0.0.1', allowHalfOpen: true });
      const closed = new Promise((resolve) => socket.on('error', () => undefined).on('close', resolve));
      socket.on('data', () => undefined);
      socket.write(
        'GET /no HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      );
      // Only somebody who is not there any more refuses what is still sent.
      const prodding = setInterval(() => socket.write('x'), 50);
      await closed;
      clearInterval(prodding);
    });

    test('headers of unreasonable size and requests that are none are refused', async () => {
      expect((await ask('/', { headers: { 'x-long': 'x'.repeat(20_000) } })).status).toBe(431);
      expect(await say('\u0000\u0001nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
      expect(await say('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
      expect((await ask('/api/v1/health')).status).toBe(200);
    });
  });
});
