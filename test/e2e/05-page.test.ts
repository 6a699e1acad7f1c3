/** The live page in a real browser, with real conversations of this machine. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { describeAsRoot } from '../harness/privilege.js';
import { Program } from '../harness/program.js';
import { HERE } from '../harness/root.js';
import { type Server, Traffic } from '../harness/traffic.js';
import { waitFor } from '../harness/wait.js';

/** Kept after the run: how the page looked. */
const SCREENSHOTS = join(HERE, 'build/screenshots/');
const APPEARS_WITHIN_MS = 1_000;

describeAsRoot('the live page', () => {
  const cleanup = new Cleanup();
  let collector: Collector;
  let traffic: Traffic;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let flows: string;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    traffic = new Traffic(cleanup);
    collector = await Collector.start(cleanup);
    await startAgent(cleanup, collector, { args: ['--interval', '1'] });
    server = await traffic.serve('tcp', '127.0.0.1');
    browser = await Browser.start(cleanup);
    // The machine may be busy with other things: what they do must not push our rows out of the window.
    flows = `${collector.page}flows?filter=${encodeURIComponent(`serverport:${server.port}`)}`;
    await traffic.call('tcp', '127.0.0.1', server.port, 1);
    page = await browser.open(flows);
    await page.getByTestId('flows-table').waitFor();
  });
  afterAll(() => cleanup.run());

  const row = (port: number) =>
    page.getByTestId('flow-row').filter({ hasText: new RegExp(`:${port}(?!\\d)`) });

  test('shows a new flow within a second, without reload, with process and user', async () => {
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 4096, { user: { uid: 1, gid: 1 } });
    await row(call.port).waitFor({ timeout: APPEARS_WITHIN_MS });
    const text = await row(call.port).textContent();
    expect(text).toContain('traffic');
    expect(text).toContain('daemon');
    expect(text).toContain('127.0.0.1');
  });

  test('filters on the server, and shows where an error in a filter is', async () => {
    const here = await traffic.call('tcp', '127.0.0.1', server.port, 10);
    const filter = page.getByTestId('filter-input');
    await filter.fill(`clientport:${here.port}`);
    await expectCount(1);
    await filter.fill('process:no-such-program');
    await expectCount(0);
    await filter.fill('bytes>>1');
    await page.getByTestId('filter-error').waitFor();
    await filter.fill('process:traffic');
    await row(here.port).waitFor();
    await page.getByTestId('filter-error').waitFor({ state: 'detached' });
  });

  async function expectCount(count: number): Promise<void> {
    await page.waitForFunction(
      (expected) => document.querySelectorAll('[data-testid="flow-row"]').length === expected,
      count,
    );
  }

  test('opens the details of a flow: both processes, their parents, how they are known', async () => {
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 100_000);
    await row(call.port).click();
    const details = page.getByTestId('flow-details');
    await details.waitFor();
    await details
      .getByText(`${traffic.exe} call tcp 127.0.0.1 ${server.port} 100000 token`)
      .first()
      .waitFor();
    await details.getByText(`${traffic.exe} serve tcp 127.0.0.1 0`).first().waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}flow-details.png` });
  });

  test('shows interfaces and agents as they are', async () => {
    await page.getByTestId('nav-interfaces').click();
    await page.getByText(`tcp://127.0.0.1:${collector.zmqPort}`).first().waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}interfaces.png` });
    await page.getByTestId('nav-agents').click();
    const [agent] = (await collector.agents()).agents;
    await page.getByText(agent!.name).first().waitFor();
    await page.getByTestId('agent-sight').waitFor();
    for (const { what } of agent!.lost) await page.getByText(what).first().waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}agents.png` });
  });

  test('shows what hosts listen on, who it is, and how many are connected', async () => {
    const caller = new Program([traffic.exe, 'hold', 'tcp', '127.0.0.1', String(server.port), '10'], cleanup);
    await page.getByTestId('nav-listening').click();
    await page.getByTestId('filter-input').fill(`port:${server.port}`);
    const listener = page.getByTestId('listening-row');
    await page.waitForFunction(() => document.querySelectorAll('[data-testid="listening-row"]').length === 1);
    await listener.filter({ hasText: 'traffic' }).filter({ hasText: 'root' }).waitFor();
    await page.locator('[data-testid="listening-row"][data-connections="1"]').waitFor();
    // By the keyboard alone: to the list, into it, back.
    await page.getByTestId('filter-input').press('Enter');
    await page.getByTestId('filter-input').press('Escape');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const details = page.getByTestId('listener-details');
    await details.getByText(`${traffic.exe} serve tcp 127.0.0.1 0`).first().waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}listening.png` });
    await details.getByText('See its flows').click();
    const { port } = JSON.parse(await waitFor('the answer', () => caller.lines[0])) as { port: number };
    await row(port).waitFor();
    await caller.stop();
  });

  test('shows the network interfaces of hosts with their rates', async () => {
    await page.getByTestId('nav-interfaces').click();
    const loopback = page.locator('[data-testid="device-row"][data-name="lo"]').first();
    await loopback
      .filter({ hasText: 'Up' })
      .filter({ hasText: /bit\/s/ })
      .waitFor();
    await page.getByTestId('host-interfaces').first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${SCREENSHOTS}host-interfaces.png` });
    const { total } = await collector.counters({ scope: 'others' });
    const others = page.locator('.other-namespaces').first();
    await others.locator('summary').click();
    if (total === 0) await others.getByText('The agent tells of none.').waitFor();
    else await others.getByTestId('device-row').first().waitFor();
    await page.screenshot({ path: `${SCREENSHOTS}other-namespaces.png` });
  });

  test('shows a server with a hostile name as text', async () => {
    const hostile = '<img src=x onerror="document.title=1">';
    const folder = mkdtempSync(join(tmpdir(), 'packetless-hostile-'));
    cleanup.add(() => rmSync(folder, { recursive: true }));
    copyFileSync(traffic.exe, join(folder, hostile));
    const { port } = await new Traffic(cleanup, join(folder, hostile)).serve('tcp', '127.0.0.1');
    const other = await browser.open(`${collector.page}listening?filter=port%3A${port}`);
    await other.getByTestId('listening-row').click();
    await other.getByTestId('listener-details').getByText(hostile).first().waitFor();
    expect(await other.title()).not.toBe('1');
    await other.close();
  });

  test('shows a hostile command line as text', async () => {
    const hostile = '<img src=x onerror="document.title=1">';
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 10, {}, hostile);
    const flow = await collector.flow(`clientport:${call.port} and serverport:${server.port}`);
    const other = await browser.open(`${collector.page}flows/${flow.id}`);
    await other.getByText(hostile).first().waitFor();
    expect(await other.title()).not.toBe('1');
    await other.close();
  });

  test.each([
    ['desktop', { width: 1280, height: 800 }],
    ['phone', { width: 390, height: 844 }],
  ] as const)('fits a %s in both themes', async (name, size) => {
    for (const theme of ['light', 'dark'] as const) {
      for (const [place, address, content] of [
        ['flows', flows, 'flow-row'],
        ['listening', `${collector.page}listening`, 'listening-row'],
        ['interfaces', `${collector.page}interfaces`, 'device-row'],
        ['agents', `${collector.page}agents`, 'agent-sight'],
      ] as const) {
        const other = await browser.open(address, size, theme);
        await other.getByTestId(content).first().waitFor();
        const overflow = await other.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect({ place, overflow: Math.max(0, overflow) }).toEqual({ place, overflow: 0 });
        await other.screenshot({ path: `${SCREENSHOTS}${place}-${name}-${theme}.png` });
        await other.close();
      }
    }
  });

  test('has left no complaint on the console so far', () => {
    expect(browser.complaints).toEqual([]);
  });

  test('goes on by itself after the collector was restarted', async () => {
    await page.goto(flows);
    await page.getByTestId('flow-row').first().waitFor();
    await collector.program.stop();
    await page
      .getByTestId('connection-state')
      .filter({ hasText: /reconnect/i })
      .waitFor();
    await collector.start();
    await page.getByTestId('connection-state').filter({ hasText: /live/i }).waitFor();
    const call = await traffic.call('tcp', '127.0.0.1', server.port, 10);
    await collector.flow(`clientport:${call.port} and serverport:${server.port}`);
    await row(call.port).waitFor();
  });
});
