/** Podman's containers and pods: no daemon makes them. */
import { expect, test } from '@jest/globals';
import { callOf, SERVE, type Stage } from '../stage.js';

export function podman(stage: () => Stage): void {
  test('a container and a pod of podman are named', async () => {
    const { podman } = stage().host;
    const podId = await podman.makePod('shop-pod');
    const id = await podman.start({ name: 'shelf', command: SERVE, options: ['--pod', 'shop-pod'] });
    // A pod's containers live in the network namespace of its first, which is called so.
    const address = await podman.address(`${podId.slice(0, 12)}-infra`);
    await podman.start({ name: 'visitor', command: ['sleep', '3600'] });
    const call = ['traffic', 'call', 'tcp', address, '80', '100'];
    const made = callOf(await podman.command('exec', 'visitor', ...call));
    expect(await stage().named(address, made)).toMatchObject({
      client: { container: { name: 'visitor', runtime: 'podman', pod: null, namespace: null } },
      server: {
        container: {
          id,
          name: 'shelf',
          runtime: 'podman',
          image: stage().host.images.busybox.reference,
          pod: 'shop-pod',
          isSandbox: false,
        },
      },
    });
  });
}
