/** Docker's containers, and what dockerd does for them. */
import { expect, test } from '@jest/globals';
import type { Flow } from '@packetless/model';
import { Traffic } from '../../harness/traffic.js';
import { waitFor } from '../../harness/wait.js';
import { callOf, SERVE, SOON_MS, type Stage } from '../stage.js';

const NETWORK = ['--network', 'shop'];

export function docker(stage: () => Stage): void {
  let web: { readonly id: string; readonly address: string };

  const call = (address: string, port = '80') => ['traffic', 'call', 'tcp', address, port, '5000'];

  test('two containers on a bridge are both named, although no packet leaves the host', async () => {
    const { docker } = stage().host;
    await docker.command('network', 'create', 'shop');
    const id = await docker.start({
      name: 'web',
      command: SERVE,
      labels: { tier: 'front' },
      options: [...NETWORK, '--publish', '127.0.0.1:8080:80'],
    });
    web = { id, address: await docker.address('web') };
    await docker.start({ name: 'caller', command: ['sleep', '3600'], options: NETWORK });
    const made = callOf(await docker.command('exec', 'caller', ...call(web.address)));
    expect(await stage().named(web.address, made)).toMatchObject({
      client: {
        process: { exe: '/bin/traffic', role: null },
        container: { name: 'caller', runtime: 'docker', pod: null, namespace: null },
      },
      server: {
        process: { exe: '/bin/traffic', role: null },
        container: {
          id: web.id,
          name: 'web',
          runtime: 'docker',
          image: stage().host.images.busybox.reference,
        },
      },
      bytes: { sent: 5000, received: 5000 },
    });
    const flow = await stage().flow(
      `clientport:${made.port} serverport:80 label.tier:front`,
      ({ server }) => server.container?.labels.tier === 'front',
    );
    expect(flow.server.container?.id).toBe(web.id);
  });

  test('a container that lives only for one conversation is named', async () => {
    const { docker } = stage().host;
    const output = await docker.run({ name: 'brief', command: call(web.address), options: NETWORK });
    expect(await stage().named(web.address, callOf(output))).toMatchObject({
      client: { container: { name: 'brief' } },
      server: { container: { name: 'web' } },
    });
  });

  test("a container on the host's network is named by its control group", async () => {
    const { docker } = stage().host;
    const options = ['--network', 'host'];
    const output = await docker.run({ name: 'on-host', command: call(web.address), options });
    expect(await stage().named(web.address, callOf(output))).toMatchObject({
      client: { container: { name: 'on-host' } },
      server: { container: { name: 'web' } },
    });
  });

  test('docker-proxy is explained, and is not the container', async () => {
    const { host, cleanup } = stage();
    const traffic = new Traffic(cleanup);
    const made = callOf(await host.run([traffic.exe, ...call('127.0.0.1', '8080').slice(1)]));
    const outer = await stage().flow(
      `clientport:${made.port} serverport:8080`,
      ({ server }) => server.process !== null,
    );
    expect(outer).toMatchObject({
      client: { process: { exe: traffic.exe, role: null }, container: null },
      server: { process: { name: 'docker-proxy' }, container: null },
    });
    expect(outer.server.process?.role).toMatch(/8080.*docker-proxy/);
    const inner = await stage().flow(
      `server:${web.address} serverport:80 process:docker-proxy`,
      ({ server }) => server.container?.name === 'web',
    );
    expect(inner).toMatchObject({
      client: { process: { name: 'docker-proxy' }, container: null },
      server: { process: { name: 'traffic', role: null }, container: { id: web.id } },
    });
  });

  test("Docker's own name server is explained, and is not the container", async () => {
    const { docker } = stage().host;
    const found = await docker.command('exec', 'caller', 'nslookup', '-type=a', 'web');
    expect(found).toContain(web.address);
    const endsOf = ({ client, server }: Flow) => [client, server] as const;
    const flow = await stage().flow('host:127.0.0.11 proto:udp process:dockerd', (each) =>
      endsOf(each).some(({ container }) => container?.name === 'caller'),
    );
    const daemon = endsOf(flow).find(({ process }) => process?.name === 'dockerd')!;
    expect(daemon.container).toBeNull();
    expect(daemon.process?.role).toMatch(/DNS/);
    const asker = endsOf(flow).find(({ container }) => container?.name === 'caller')!;
    expect(asker.process).toMatchObject({ name: 'busybox', role: null });
  });

  test('both ends of the cable between host and container name the container', async () => {
    const { collector } = stage();
    const devices = await waitFor(
      'the counters of both ends',
      async () => {
        const { counters } = await collector.counters({ scope: 'others' });
        const found = counters.filter(({ container }) => container?.id === web.id);
        const ends = [
          found.find(({ name }) => name === 'eth0'),
          found.find(({ name }) => /^veth/.test(name)),
        ];
        return ends.every((end) => end !== undefined && end.container?.name === 'web') && ends;
      },
      SOON_MS,
    );
    expect(devices.every((device) => device!.bytesReceived > 5000)).toBe(true);
  });
}
