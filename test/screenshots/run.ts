/**
 * `pnpm --filter @packetless/test screenshots`: the pictures in README.md, from a real run. Three test hosts
 * (network namespaces) with everyday programs; real agent, real collector, real browser.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser } from '../harness/browser.js';
import { Cleanup } from '../harness/cleanup.js';
import { connectNamespaces, makeNamespace } from '../harness/namespace.js';
import { Collector, startAgent } from '../harness/packetless.js';
import { type Place, Program } from '../harness/program.js';
import { ROOT } from '../harness/root.js';
import { waitFor } from '../harness/wait.js';

const IMAGES = join(ROOT, 'docs/images');
const DAEMON = { uid: 1, gid: 1 };
const WWW_DATA = { uid: 33, gid: 33 };
const NOBODY = { uid: 65_534, gid: 65_534 };
const FILTER = 'host:10.20.0.0/16';

const cleanup = new Cleanup();
try {
  mkdirSync(IMAGES, { recursive: true });
  const collector = await Collector.start(cleanup, ['-m', '10.20.0.0/16=lab']);
  const agent = await startAgent(cleanup, collector, { args: ['--name', 'lab-1'] });
  await makeTraffic();
  await waitFor('the conversations', async () => (await collector.flows({ filter: FILTER })).total >= 8);

  const browser = await Browser.start(cleanup);
  const url = `${collector.page}flows?filter=${encodeURIComponent(FILTER)}`;
  for (const theme of ['light', 'dark'] as const) {
    const page = await browser.open(url, { width: 1280, height: 800 }, theme);
    await page.getByTestId('flow-row').nth(7).waitFor();
    await page.screenshot({ path: join(IMAGES, `flows-${theme}.png`) });
    await page.getByTestId('flow-row').filter({ hasText: 'curl' }).first().click();
    await page.getByTestId('flow-details').waitFor();
    await page.screenshot({ path: join(IMAGES, `flow-details-${theme}.png`) });
    await page.close();
  }
  const phone = await browser.open(url, { width: 390, height: 844 });
  await phone.getByTestId('flow-row').nth(5).waitFor();
  await phone.screenshot({ path: join(IMAGES, 'flows-phone.png') });
  await agent.stop();
} finally {
  await cleanup.run();
}

/** A web server and a git server, and who uses them: some at length, some in passing, some in vain. */
async function makeTraffic(): Promise<void> {
  const [clients, web, git] = [makeNamespace(cleanup), makeNamespace(cleanup), makeNamespace(cleanup)];
  connectNamespaces(
    { namespace: clients, device: 'eth0', addresses: ['10.20.1.5/24'] },
    { namespace: web, device: 'eth0', addresses: ['10.20.1.10/24'] },
  );
  connectNamespaces(
    { namespace: clients, device: 'eth1', addresses: ['10.20.2.5/24'] },
    { namespace: git, device: 'eth0', addresses: ['10.20.2.10/24'] },
  );
  const files = mkdtempSync(join(tmpdir(), 'packetless-lab-'));
  cleanup.add(() => rmSync(files, { recursive: true }));
  writeFileSync(join(files, 'image.iso'), Buffer.alloc(64 << 20));
  const start = (command: string[], place: Place) => new Program(command, cleanup, place);
  const user = (who: Place['user']): Place => ({ namespace: clients, user: who });

  const httpd = ['python3', '-u', '-m', 'http.server', '80', '--bind', '10.20.1.10', '--directory', files];
  const server = start(httpd, { namespace: web });
  start(['git', 'daemon', '--export-all', `--base-path=${ROOT}`, '--reuseaddr', ROOT], { namespace: git });
  await waitFor('the web server', () => server.stdout.includes('Serving HTTP'));
  const image = 'http://10.20.1.10/image.iso';
  start(['curl', '-s', '--limit-rate', '900k', '-o', '/dev/null', image], user(DAEMON));
  start(['wget', '-q', '--limit-rate=300k', '-O', '/dev/null', image], user(WWW_DATA));
  await start(['git', 'ls-remote', 'git://10.20.2.10/'], { namespace: clients })
    .done()
    .catch(() => undefined);
  for (const who of [undefined, NOBODY, DAEMON]) {
    await start(['curl', '-s', '-o', '/dev/null', 'http://10.20.1.10/'], user(who)).done();
  }
  const resolver = `import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'?' * 40, ('10.20.2.10', 53))`;
  await start(['python3', '-c', resolver], { namespace: clients }).done();
  await start(['curl', '-s', 'http://10.20.2.10:8443/'], user(NOBODY))
    .done()
    .catch(() => undefined);
  start(['curl', '-s', '--limit-rate', '2M', '-o', '/dev/null', image], { namespace: clients });
}
