/** Names and labels that were chosen to do harm. */
import { expect, test } from '@jest/globals';
import { Browser } from '../../harness/browser.js';
import { BIN } from '../../harness/packetless.js';
import { Program } from '../../harness/program.js';
import { waitFor } from '../../harness/wait.js';
import { callOf, SERVE, SOON_MS, type Stage } from '../stage.js';

const HTML = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const TERMINAL = '\u001b[2J\u001b]0;owned\u0007\u202e';
/** As long as a command line takes it. */
const LONG = 'x'.repeat(64 * 1024);

export function hostile(stage: () => Stage): void {
  test('labels of Docker with HTML, control characters and 64 KB are text, and bounded', async () => {
    const { docker } = stage().host;
    const id = await docker.start({
      name: 'hostile',
      command: SERVE,
      labels: { html: HTML, terminal: TERMINAL, long: LONG, [`<b>${'k'.repeat(200)}`]: 'v' },
    });
    const address = await docker.address('hostile');
    const call = ['traffic', 'call', 'tcp', address, '80', '10'];
    const made = callOf(await docker.run({ name: 'victim', command: call }));
    const flow = await stage().flow(
      `server:${address} clientport:${made.port}`,
      ({ server }) => server.container?.labels.html !== undefined,
    );
    expect(flow.server.container).toMatchObject({ id, name: 'hostile', labels: { html: HTML } });
    expect(JSON.stringify(flow.server.container).length).toBeLessThan(LONG.length);
    await expectInert(`clientport:${made.port} serverport:80 container:hostile`);
  });

  test('names of a pod with HTML and control characters are text', async () => {
    const { host, cleanup } = stage();
    const { containerd } = host;
    // Names that a CNI plugin would not take: the host's network needs none.
    const server = await containerd.runPod({
      name: HTML,
      namespace: TERMINAL,
      hostNetwork: true,
      containers: [{ name: `web${HTML}`, command: SERVE }],
    });
    const client = await containerd.runPod({
      name: 'visitor-of-hostile',
      hostNetwork: true,
      containers: [{ name: 'shell', command: ['sleep', '3600'] }],
    });
    const made = callOf(
      (await client.exec('shell', ['traffic', 'call', 'tcp', '127.0.0.1', '80', '10'])).stdout,
    );
    const flow = await stage().named('127.0.0.1', made);
    expect(flow.server.container).toMatchObject({
      id: server.containers.get(`web${HTML}`),
      name: `web${HTML}`,
      pod: HTML,
    });
    await expectInert(`server:127.0.0.1 clientport:${made.port}`);

    const printer = new Program([process.execPath, BIN.agent, ...host.agentArguments], cleanup);
    const printed = await waitFor(
      'the names in what an agent prints',
      async () => {
        await client.exec('shell', ['traffic', 'call', 'tcp', '127.0.0.1', '80', '10']);
        return printer.lines.find((line) => line.includes('onerror'));
      },
      SOON_MS,
    );
    expect(harmIn(printed)).toEqual([]);
  });

  /** The page shows the flow and its details, and nothing in them has become more than text. */
  async function expectInert(filter: string): Promise<void> {
    const { collector, cleanup } = stage();
    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${collector.page}flows?filter=${encodeURIComponent(filter)}`);
    await page.getByTestId('flow-row').first().click();
    const details = page.getByTestId('flow-details');
    await details.getByText('onerror').first().waitFor();
    expect(
      await page.locator('img[src="x"], table script, [data-testid="flow-details"] script').count(),
    ).toBe(0);
    expect(await page.title()).not.toBe('1');
    expect(harmIn((await details.textContent())!)).toEqual([]);
    expect(browser.complaints).toEqual([]);
  }
}

/** Control characters, and what turns the direction of writing. */
function harmIn(shown: string): string[] {
  return ['\u001b', '\u0007', '\u202e'].filter((each) => shown.includes(each));
}
