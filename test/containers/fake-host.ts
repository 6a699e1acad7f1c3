/**
 * A throw-away host for real container runtimes: Debian's dockerd, containerd (with CRI) and podman in mount, network,
 * host name and control group namespaces of their own. Their sockets lie in a temporary folder that the machine sees, so
 * an agent that runs on the machine as usual asks them with `--runtime-socket`. Everything is up in two seconds; the
 * clean-up leaves nothing.
 *
 *     const cleanup = new Cleanup();
 *     const host = await FakeHost.start(cleanup, ['docker', 'containerd', 'podman']);
 *     const id = await host.docker.start({ name: 'web', command: ['httpd', '-f', '-p', '8080'] });
 *     await cleanup.run();
 *
 * Suites around it stand in `describeWithRuntimes` (requirements.ts). They belong into this package, which may import
 * all others. For work by hand `node test/dist/containers/up.js` brings such a host up until it is interrupted.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Cleanup } from '../harness/cleanup.js';
import { Program } from '../harness/program.js';
import { HERE } from '../harness/root.js';
import { waitFor } from '../harness/wait.js';
import { Containerd } from './containerd.js';
import { ControlGroups } from './control-groups.js';
import { Docker } from './docker.js';
import { buildImages, type Images } from './images.js';
import { Podman } from './podman.js';

export type RuntimeName = 'docker' | 'containerd' | 'podman';

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const COMMAND_MS = 60_000;

export class FakeHost {
  #docker: Docker | null = null;
  #containerd: Containerd | null = null;
  #podman: Podman | null = null;

  private constructor(
    readonly cleanup: Cleanup,
    /** On the machine's own file system: sockets, images and configuration. */
    readonly folder: string,
    readonly images: Images,
    readonly groups: ControlGroups,
    private readonly first: Program,
  ) {}

  /** Starts a host and these runtimes, each with the images loaded. */
  static async start(cleanup: Cleanup, runtimes: readonly RuntimeName[]): Promise<FakeHost> {
    const folder = mkdtempSync(join(tmpdir(), 'packetless-host-'));
    // As on any host: who may not read a socket is told so by the socket.
    chmodSync(folder, 0o755);
    const groups = ControlGroups.make(cleanup, folder);
    const images = buildImages(folder);
    const namespaces = ['--mount', '--net', '--uts', '--cgroup'];
    const script = join(HERE, 'containers/fake-host.sh');
    const command = ['unshare', ...namespaces, 'sh', script, basename(folder), folder];
    const first = new Program(groups.joining('', command), cleanup);
    await waitFor('the fake host', () => {
      if (first.exit !== null) throw new Error(first.stderr);
      return first.lines.includes('ready');
    });
    const host = new FakeHost(cleanup, folder, images, groups, first);
    const wanted = (name: RuntimeName) => runtimes.includes(name);
    const startPodman = async () => {
      if (wanted('podman')) host.#podman = await Podman.on(host);
    };
    const startOthers = async () => {
      // Debian's dockerd has no containerd of its own.
      if (wanted('docker') || wanted('containerd')) host.#containerd = await Containerd.on(host);
      if (wanted('docker')) host.#docker = await Docker.on(host, host.containerd);
    };
    await Promise.all([startPodman(), startOthers()]);
    return host;
  }

  get docker(): Docker {
    return asked(this.#docker, 'docker');
  }

  get containerd(): Containerd {
    return asked(this.#containerd, 'containerd');
  }

  get podman(): Podman {
    return asked(this.#podman, 'podman');
  }

  /** What the agent is told of the sockets here, and of no others. */
  get agentArguments(): string[] {
    const running = [this.#docker, this.#containerd, this.#podman].filter((each) => each !== null);
    return running.flatMap(({ kind, socket }) => ['--runtime-socket', `${kind}:${socket}`]);
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH, TMPDIR: join(this.folder, 'data/tmp') };
  }

  /** The command as one that runs on this host. It keeps its pid. */
  command(words: readonly string[]): string[] {
    const enter = [
      'nsenter',
      `--target=${this.first.pid}`,
      '--mount',
      '--net',
      '--uts',
      '--cgroup',
      '--wd=/',
    ];
    return this.groups.joining('daemons', [...enter, '--', ...words]);
  }

  /** Starts a program on this host. */
  program(words: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    return new Program(this.command(words), this.cleanup, {}, { ...this.#env, ...env });
  }

  /** Runs a program on this host to its end and gives what it printed; fails with its last words unless it ends well. */
  async run(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const [file, ...args] = this.command(words);
    const options = {
      env: { ...process.env, ...this.#env, ...env },
      maxBuffer: MAX_OUTPUT_BYTES,
      timeout: COMMAND_MS,
    };
    const { stdout } = await promisify(execFile)(file!, args, options);
    return stdout.trimEnd();
  }
}

/** With the folders in which Debian keeps daemons. */
const PATH = [process.env.PATH, '/usr/sbin', '/sbin'].join(':');

function asked<T>(runtime: T | null, name: RuntimeName): T {
  if (runtime === null) throw new Error(`this fake host was started without ${name}`);
  return runtime;
}
