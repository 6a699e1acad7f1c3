/**
 * `pnpm --filter @packetless/test screenshots`: the pictures in README.md, from a real run. Three test hosts
 * (network namespaces) with everyday programs, and one with containers and pods; real agents, collectors and browser.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVE, Stage } from '../containers/stage.js';
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
const DNSMASQ = [
  '/usr/sbin/dnsmasq',
  ...['--keep-in-foreground', '--user=root', '--no-resolv', '--no-hosts'],
  ...['--log-facility=-', '--address=/example.test/192.0.2.7'],
];

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
  await takeContainers(browser);
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

/** A shop in docker and a name server in a pod, and who uses them. */
async function takeContainers(browser: Browser): Promise<void> {
  const stage = await Stage.start(cleanup, ['docker', 'containerd', 'podman']);
  const { host, collector } = stage;
  const [dns, client] = await Promise.all([
    host.containerd.runPod({
      name: 'kube-dns-6bfbdd666c-jjt75',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns' },
      containers: [{ name: 'dnsmasq', image: host.images.dnsmasq.reference, command: DNSMASQ }],
    }),
    host.containerd.runPod({
      name: 'client-5d4f8c7b9-abcde',
      namespace: 'default',
      labels: { app: 'client' },
      containers: [{ name: 'shell', command: ['sleep', '3600'] }],
    }),
  ]);
  const shop = await host.docker.start({ name: 'shop', command: SERVE, labels: { tier: 'web' } });
  const cache = await host.podman.start({ name: 'cache', command: SERVE });
  const addresses = [await host.docker.address(shop), await host.podman.address(cache)];
  for (let call = 0; call < 4; call += 1) {
    await client.exec('shell', ['nslookup', '-type=a', 'example.test', dns.address]);
    for (const address of addresses) {
      const command = ['traffic', 'call', 'tcp', address, '80', `${20_000 * (call + 1)}`, 'x'];
      await host.docker.run({ name: `visitor-${call + 1}`, command, options: ['--network', 'host'] });
    }
  }
  await stage.flow('container:cache', () => true);
  await stage.flow('container:dnsmasq', () => true);
  for (const theme of ['light', 'dark'] as const) {
    const page = await browser.open(`${collector.page}containers`, { width: 1280, height: 800 }, theme);
    await page.getByText('dnsmasq').first().waitFor();
    await page.screenshot({ path: join(IMAGES, `containers-${theme}.png`) });
    await page.close();
  }
}
