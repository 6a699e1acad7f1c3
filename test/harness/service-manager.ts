/** The service manager of Debian, with nothing to do but the units of a test, beside whatever runs the machine. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Cleanup } from './cleanup.js';
import { Program } from './program.js';
import { HERE, ROOT } from './root.js';
import { waitFor } from './wait.js';

export const SYSTEMD =
  ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'].find((path) => existsSync(path)) ?? null;

/** Where the services find the checkout. */
const CHECKOUT = '/run/packetless';

/** One service: its unit as it lies in deploy/, and the content of the file of options that it reads. */
export interface ServiceUnit {
  readonly name: string;
  readonly options: string;
}

/** The unit for this machine: the checkout is elsewhere, other units are not there, what it prints goes into a file. */
export function unitHere({ name, options }: ServiceUnit, checkout: string): string {
  const unit = readFileSync(join(ROOT, 'deploy/systemd', `${name}.service`), 'utf8');
  return unit
    .replaceAll('/opt/packetless', checkout)
    .replace(/^(Wants|After)=.*$/gm, '')
    .replace('[Unit]', '[Unit]\nDefaultDependencies=no')
    .replace(/^EnvironmentFile=.*$/m, options === '' ? '' : `Environment='${options}'`)
    .replace('[Service]', `[Service]\nStandardError=file:/run/${name}.said\nEnvironment=PATH=${path()}`);
}

const path = () => `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`;

export class ServiceManager {
  private constructor(
    private readonly program: Program,
    private readonly services: readonly ServiceUnit[],
  ) {}

  /** Starts the services. */
  static start(cleanup: Cleanup, services: readonly ServiceUnit[]): ServiceManager {
    const units = mkdtempSync(join(tmpdir(), 'packetless-units-'));
    cleanup.add(() => rmSync(units, { recursive: true }));
    for (const service of services) {
      writeFileSync(join(units, `${service.name}.service`), unitHere(service, CHECKOUT));
    }
    const wanted = services.map(({ name }) => `${name}.service`).join(' ');
    writeFileSync(
      join(units, 'packetless-test.target'),
      `[Unit]\nDescription=test\nDefaultDependencies=no\nWants=${wanted}\n`,
    );
    const script = join(HERE, 'harness/service-manager.sh');
    const namespaces = ['--mount', '--pid', '--cgroup', '--uts', '--fork', '--kill-child'];
    const command = ['unshare', ...namespaces, 'sh', script, units, ROOT, SYSTEMD!];
    const join_ = cgroups(cleanup)
      .map((folder) => `echo $$ > '${folder}/cgroup.procs'`)
      .join(' && ');
    const program = new Program(['sh', '-c', `${join_} && exec "$@"`, 'sh', ...command], cleanup);
    return new ServiceManager(program, services);
  }

  /** Waits until the service has said what fits. */
  async said(name: string, what: RegExp): Promise<void> {
    await waitFor(`${name} to say ${what}`, () => what.test(this.text(name)), 30_000).catch(
      (error: unknown) => {
        const told = this.services.map((service) => this.text(service.name)).join('');
        throw new Error(`${error}; said: ${told} ${this.program.stderr}`, { cause: error });
      },
    );
  }

  /** All that it has said. */
  text(name: string): string {
    const file = `/proc/${this.#manager()}/root/run/${name}.said`;
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  /** The systemd: the one child of the program that made its namespaces. */
  #manager(): number {
    const { pid } = this.program;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
  }

  /** The pid of the service's main process, as this machine numbers it. */
  processOf(name: string): number {
    const manager = this.#manager();
    const children = readFileSync(`/proc/${manager}/task/${manager}/children`, 'utf8').trim().split(' ');
    const found = children.find((pid) =>
      readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`${name}.service`),
    );
    if (found === undefined) throw new Error(`${name} has no process`);
    return Number(found);
  }
}

/** A control group in every hierarchy that systemd uses: it makes those of its services below. */
function cgroups(cleanup: Cleanup): string[] {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  const roots = mounts
    .filter(
      ([, , type, options]) => type === 'cgroup2' || (type === 'cgroup' && options?.includes('name=systemd')),
    )
    .map(([, root]) => root!);
  return [...new Set(roots)].map((root) => {
    const folder = join(root, `packetless-test-${process.pid}-services`);
    mkdirSync(folder);
    // The kernel refuses while a process that was just killed is still leaving.
    cleanup.add(async () => {
      await waitFor(`${folder} to be empty`, () => {
        removeCgroups(folder);
        return true;
      });
    });
    return folder;
  });
}

function removeCgroups(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeCgroups(join(folder, entry.name));
  }
  rmdirSync(folder);
}
