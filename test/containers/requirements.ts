/** Whether this machine has what real container runtimes need; where not, their tests are skipped and say why. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from '@jest/globals';

/** Programs, and the Debian package that each is in. */
const PROGRAMS: { readonly [program: string]: string } = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  podman: 'podman',
  conmon: 'conmon',
  iptables: 'iptables',
  busybox: 'busybox-static',
  dnsmasq: 'dnsmasq-base',
};
const FILES: { readonly [file: string]: string } = {
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/lib/podman/netavark': 'netavark',
};

/** Why a fake host cannot be had here; null when it can. */
function obstacle(): string | null {
  if (process.getuid?.() !== 0) return 'needs root: namespaces, control groups and container runtimes';
  const missing = new Set([
    ...Object.keys(PROGRAMS)
      .filter((program) => !isInstalled(program))
      .map((program) => PROGRAMS[program]!),
    ...Object.keys(FILES)
      .filter((file) => !existsSync(file))
      .map((file) => FILES[file]!),
  ]);
  if (missing.size === 0) return null;
  return `needs container runtimes, which only CI installs: apt-get install ${[...missing].join(' ')}`;
}

/** `describe` for suites with a fake host. */
export function describeWithRuntimes(name: string, body: () => void): void {
  const reason = obstacle();
  if (reason === null) describe(name, body);
  else describe.skip(`${name} (${reason})`, body);
}

function isInstalled(program: string): boolean {
  return `${process.env.PATH}:/usr/sbin:/sbin`.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
