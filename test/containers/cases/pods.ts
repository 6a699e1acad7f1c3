/** Pods as a kubelet makes them through the CRI. */
import { expect, test } from '@jest/globals';
import { Browser } from '../../harness/browser.js';
import { waitFor } from '../../harness/wait.js';
import { callOf, SERVE, type Stage } from '../stage.js';

const DNSMASQ = ['/usr/sbin/dnsmasq', '--keep-in-foreground', '--user=root', '--no-resolv', '--no-hosts'];

export function pods(stage: () => Stage): void {
  test('a name server in a pod is known with its program, container, pod and namespace', async () => {
    const { host, collector, cleanup } = stage();
    const server = await host.containerd.runPod({
      name: 'kube-dns-6bfbdd666c-jjt75',
      namespace: 'kube-system',
      labels: { 'k8s-app': 'kube-dns' },
      containers: [
        {
          name: 'dnsmasq',
          image: host.images.dnsmasq.reference,
          command: [...DNSMASQ, '--log-facility=-', '--address=/example.test/192.0.2.7'],
        },
      ],
    });
    const client = await host.containerd.runPod({
      name: 'client-5d4f8c7b9-abcde',
      containers: [{ name: 'shell', command: ['sleep', '3600'] }],
    });
    const answer = await waitFor('the name server', async () => {
      const query = ['nslookup', '-type=a', 'example.test', server.address];
      const { exitCode, stdout } = await client.exec('shell', query);
      return exitCode === 0 && stdout;
    });
    expect(answer).toContain('192.0.2.7');

    const filter = 'pod:kube-dns-6bfbdd666c-jjt75 proto:udp serverport:53';
    const flow = await stage().flow(
      filter,
      (each) => each.client.container?.name === 'shell' && each.server.container?.name === 'dnsmasq',
    );
    expect(flow).toMatchObject({
      client: {
        address: client.address,
        process: { exe: '/bin/busybox' },
        container: {
          id: client.containers.get('shell'),
          runtime: 'containerd',
          pod: 'client-5d4f8c7b9-abcde',
          podUid: client.uid,
          namespace: 'default',
          isSandbox: false,
        },
      },
      server: {
        address: server.address,
        process: { exe: '/usr/sbin/dnsmasq', name: 'dnsmasq', role: null },
        container: {
          id: server.containers.get('dnsmasq'),
          image: host.images.dnsmasq.reference,
          runtime: 'containerd',
          pod: 'kube-dns-6bfbdd666c-jjt75',
          podUid: server.uid,
          namespace: 'kube-system',
          isSandbox: false,
        },
      },
    });

    const browser = await Browser.start(cleanup);
    const page = await browser.open(`${collector.page}flows?filter=${encodeURIComponent(filter)}`);
    const row = page.getByTestId('flow-row').first();
    await row.filter({ hasText: 'dnsmasq' }).filter({ hasText: 'kube-dns-6bfbdd666c-jjt75' }).waitFor();
    await row.click();
    const details = page.getByTestId('flow-details');
    for (const text of ['/usr/sbin/dnsmasq', 'kube-dns-6bfbdd666c-jjt75', 'kube-system', 'k8s-app']) {
      await details.getByText(text).first().waitFor();
    }
    expect(browser.complaints).toEqual([]);
  });

  test("a pod on the host's network is named by its control group", async () => {
    const { host } = stage();
    const server = await host.containerd.runPod({
      name: 'server',
      containers: [{ name: 'web', command: SERVE }],
    });
    const client = await host.containerd.runPod({
      name: 'node-agent',
      namespace: 'monitoring',
      hostNetwork: true,
      containers: [{ name: 'probe', command: ['sleep', '3600'] }],
    });
    const { stdout } = await client.exec('probe', ['traffic', 'call', 'tcp', server.address, '80', '100']);
    expect(await stage().named(server.address, callOf(stdout))).toMatchObject({
      client: { container: { name: 'probe', pod: 'node-agent', namespace: 'monitoring' } },
      server: { container: { name: 'web', pod: 'server', namespace: 'default' } },
      bytes: { sent: 100, received: 100 },
    });
  });

  test('a container that containerd was asked for by its own client has the name that it got there', async () => {
    const { host } = stage();
    const server = await host.containerd.runPod({
      name: 'server-of-plain',
      containers: [{ name: 'web', command: SERVE }],
    });
    const { reference, archive } = host.images.busybox;
    await host.containerd.command('images', 'import', archive);
    const call = ['traffic', 'call', 'tcp', server.address, '80', '100'];
    const output = await host.containerd.command(
      'run',
      '--rm',
      '--net-host',
      reference,
      'plain-one',
      ...call,
    );
    const flow = await stage().flow(
      `server:${server.address} clientport:${callOf(output).port}`,
      ({ client }) => client.container !== null,
    );
    expect(flow.client.container).toMatchObject({ id: 'plain-one', runtime: 'containerd', pod: null });
  });
}
