/** Debian's podman on a fake host, with its API service. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Daemon } from './daemon.js';
import type { FakeHost } from './fake-host.js';
import { type RunOptions, runArguments } from './run-options.js';

export class Podman {
  readonly kind = 'podman';
  readonly socket: string;
  readonly daemon: Daemon;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(private readonly host: FakeHost) {
    this.socket = join(host.folder, 'podman.sock');
    const settings = join(host.folder, 'podman');
    mkdirSync(settings);
    writeFileSync(
      join(settings, 'containers.conf'),
      containersConf(host.folder, host.images.pause.reference),
    );
    writeFileSync(join(settings, 'storage.conf'), storageConf(host.folder));
    this.#env = {
      CONTAINERS_CONF: join(settings, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(settings, 'storage.conf'),
      HOME: settings,
    };
    this.daemon = new Daemon(
      'podman system service',
      () => host.program(['podman', 'system', 'service', '--time=0', `unix://${this.socket}`], this.#env),
      () => connects(this.socket),
    );
  }

  static async on(host: FakeHost): Promise<Podman> {
    const podman = new Podman(host);
    await podman.daemon.start();
    for (const image of Object.values(host.images))
      await podman.command('load', '--quiet', '--input', image.archive);
    return podman;
  }

  /** Starts a container in the background and gives its id (64 hex digits). */
  start(options: RunOptions): Promise<string> {
    return this.command('run', '--detach', ...runArguments(this.host.images.busybox.reference, options));
  }

  /** Runs a container to its end, removes it, and gives what it printed. */
  run(options: RunOptions): Promise<string> {
    return this.command('run', '--rm', ...runArguments(this.host.images.busybox.reference, options));
  }

  /** Makes a pod and gives its id; `start` takes `options: ['--pod', name]`. */
  makePod(name: string): Promise<string> {
    const infra = ['--infra-command', '/pause', '--infra-image', this.host.images.pause.reference];
    return this.command('pod', 'create', '--name', name, ...infra);
  }

  /** What podman prints, run on the fake host; fails with its last words unless it ends well. */
  command(...args: readonly string[]): Promise<string> {
    return this.host.run(['podman', ...args], this.#env);
  }

  address(container: string): Promise<string> {
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    return this.command('inspect', '--format', format, container);
  }
}

function containersConf(folder: string, pause: string): string {
  return `
[containers]
# Where the limits of the machine cannot be raised, higher ones keep containers from starting.
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "netavark"
network_config_dir = "${folder}/data/podman-networks"
[engine]
# crun refuses hosts with both versions of control groups.
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "${pause}"
tmp_dir = "/run/libpod"
`;
}

function storageConf(folder: string): string {
  return `
[storage]
driver = "overlay"
graphroot = "${folder}/data/podman"
runroot = "/run/podman"
`;
}

function connects(socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = createConnection(socket, () => {
      connection.destroy();
      resolve();
    }).on('error', reject);
  });
}
