/**
 * Brings a fake host with all runtimes up and prints, as one line of JSON, the folder, the sockets and how to run a
 * command there; removes it when interrupted: `node dist/containers/up.js`.
 */
import { Cleanup } from '../harness/cleanup.js';
import { FakeHost } from './fake-host.js';

const cleanup = new Cleanup();
// Until then nothing keeps it alive.
const stay = setInterval(() => {}, 2 ** 30);
try {
  const interrupted = new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  const host = await FakeHost.start(cleanup, ['docker', 'containerd', 'podman']);
  const { folder, images, docker, containerd, podman } = host;
  const sockets = { docker: docker.socket, containerd: containerd.socket, podman: podman.socket };
  console.log(JSON.stringify({ folder, sockets, images, enter: host.command([]) }));
  await interrupted;
} finally {
  clearInterval(stay);
  await cleanup.run();
}
