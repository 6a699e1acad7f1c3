/** Debian's dockerd on a fake host. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Containerd } from './containerd.js';
import { Daemon } from './daemon.js';
import type { FakeHost } from './fake-host.js';
import { type RunOptions, runArguments } from './run-options.js';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export class Docker {
  readonly kind = 'docker';
  readonly socket: string;
  readonly daemon: Daemon;

  private constructor(
    private readonly host: FakeHost,
    containerd: Containerd,
  ) {
    this.socket = join(host.folder, 'docker.sock');
    const data = join(host.folder, 'data/docker');
    const config = join(host.folder, 'dockerd.json');
    // Instead of the machine's own.
    writeFileSync(config, '{}');
    this.daemon = new Daemon(
      'dockerd',
      () =>
        host.program([
          ...['dockerd', '--host', `unix://${this.socket}`, '--data-root', data],
          ...['--containerd', containerd.socket, '--config-file', config],
          ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--bip', '10.88.6.1/24'],
          // Containers outlive the daemon's death.
          '--live-restore',
        ]),
      () => this.command('version'),
    );
  }

  /** Its containers are made by the host's containerd, where the CRI does not know of them. */
  static async on(host: FakeHost, containerd: Containerd): Promise<Docker> {
    const docker = new Docker(host, containerd);
    await docker.daemon.start();
    for (const image of [host.images.busybox, host.images.dnsmasq]) {
      await docker.command('load', '--quiet', '--input', image.archive);
    }
    return docker;
  }

  /** Starts a container in the background and gives its id (64 hex digits). */
  start(options: RunOptions): Promise<string> {
    return this.command('run', '--detach', ...runArguments(this.host.images.busybox.reference, options));
  }

  /** Runs a container to its end, removes it, and gives what it printed. */
  run(options: RunOptions): Promise<string> {
    return this.command('run', '--rm', ...runArguments(this.host.images.busybox.reference, options));
  }

  /** What the command line client prints; fails with its last words unless it ends well. */
  async command(...args: readonly string[]): Promise<string> {
    const words = ['--host', `unix://${this.socket}`, ...args];
    // No settings of whoever runs the tests.
    const env = { PATH: process.env.PATH, HOME: this.host.folder };
    const { stdout } = await promisify(execFile)('docker', words, { env, maxBuffer: MAX_OUTPUT_BYTES });
    return stdout.trimEnd();
  }

  /** The IPv4 address of a running container, in whichever network it is. */
  address(container: string): Promise<string> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    return this.command('inspect', '--format', format, container);
  }
}
