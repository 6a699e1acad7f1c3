/** The Debian packages that building and testing need: which, why, and how it is seen that one is missing. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StepError } from './failure.js';
import { run, step } from './progress.js';

/** PATH with the folders in which Debian keeps what only root's PATH has, such as bpftool and dpkg's own tools. */
export const SYSTEM_PATH = [process.env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin']
  .filter(Boolean)
  .join(delimiter);

/** Asked before a package starts or stops a daemon. */
const POLICY = '/usr/sbin/policy-rc.d';

/** @typedef {{ name: string, why: string, present: () => boolean }} DebianPackage */

/** @type {readonly DebianPackage[]} */
export const BUILD_PACKAGES = [
  { name: 'make', why: 'drives the native build', present: () => hasCommand('make') },
  { name: 'g++', why: 'compiles the native addon', present: () => hasCommand('g++') },
  { name: 'clang', why: 'compiles the eBPF programs', present: () => hasCommand('clang') },
  { name: 'bpftool', why: 'turns eBPF objects into a loader', present: () => hasCommand('bpftool') },
  {
    name: 'libbpf-dev',
    why: 'loads eBPF programs',
    present: () => exists('/usr/include/bpf/libbpf.h') && exists('/usr/include/libelf.h'),
  },
  {
    name: 'libpcap-dev',
    why: 'captures packets',
    present: () => exists('/usr/include/pcap/pcap.h'),
  },
];

/** @type {readonly DebianPackage[]} */
export const TEST_PACKAGES = [
  { name: 'iproute2', why: 'makes the network namespaces of the tests', present: () => hasCommand('ip') },
  {
    name: 'systemd',
    why: 'runs the services of the tests',
    present: () => exists('/usr/lib/systemd/systemd') || exists('/lib/systemd/systemd'),
  },
  { name: 'nftables', why: 'translates addresses in the tests', present: () => hasCommand('nft') },
  { name: 'procps', why: 'sets the source ports of test hosts', present: () => hasCommand('sysctl') },
  {
    name: 'chromium',
    why: 'opens the live page in the tests',
    present: () => exists('/usr/bin/chromium'),
  },
];

/**
 * Container runtimes. They come with daemons that a host starts when it boots, so only CI installs them.
 * @type {readonly DebianPackage[]}
 */
export const CONTAINER_TEST_PACKAGES = [
  { name: 'docker.io', why: 'runs containers in the tests', present: () => hasCommand('dockerd') },
  { name: 'containerd', why: 'runs pods in the tests', present: () => hasCommand('containerd') },
  { name: 'runc', why: 'starts their processes', present: () => hasCommand('runc') },
  {
    name: 'containernetworking-plugins',
    why: 'connects pods',
    present: () => exists('/usr/lib/cni/bridge'),
  },
  { name: 'podman', why: 'runs containers without a daemon', present: () => hasCommand('podman') },
  { name: 'conmon', why: 'watches over them', present: () => hasCommand('conmon') },
  { name: 'netavark', why: 'connects them', present: () => exists('/usr/lib/podman/netavark') },
  { name: 'aardvark-dns', why: 'names them', present: () => exists('/usr/lib/podman/aardvark-dns') },
  { name: 'iptables', why: 'leads packets to containers', present: () => hasCommand('iptables') },
  { name: 'busybox-static', why: 'is what the containers hold', present: () => hasCommand('busybox') },
  { name: 'dnsmasq-base', why: 'answers in one of them', present: () => hasCommand('dnsmasq') },
];

/**
 * What the capture is compared with and broken by. Large, so only CI installs them.
 * @type {readonly DebianPackage[]}
 */
export const CAPTURE_TEST_PACKAGES = [
  { name: 'tshark', why: 'reads the same packets, to compare', present: () => hasCommand('tshark') },
  {
    name: 'libndpi-dev',
    why: 'recognises applications',
    present: () => exists('/usr/include/ndpi/ndpi_api.h'),
  },
  { name: 'libndpi-bin', why: 'the same, to compare', present: () => hasCommand('ndpiReader') },
  {
    name: 'libclang-rt-dev',
    why: 'makes the fuzzer and its sanitizers',
    present: () => hasClangRuntime(),
  },
];

/** @type {readonly DebianPackage[]} */
export const KERNEL_TEST_PACKAGES = [
  { name: 'iproute2', why: 'makes the network namespaces of the tests', present: () => hasCommand('ip') },
  {
    name: 'qemu-system-x86',
    why: 'runs the other kernels',
    present: () => hasCommand('qemu-system-x86_64'),
  },
  {
    name: 'busybox-static',
    why: 'is the small userland beside them',
    present: () => hasCommand('busybox'),
  },
  { name: 'kmod', why: 'loads their modules', present: () => hasCommand('depmod') },
  { name: 'cpio', why: 'packs what they start with', present: () => hasCommand('cpio') },
];

/**
 * Installs what is missing, saying which and why.
 * @param {readonly DebianPackage[]} packages
 */
export async function installDebianPackages(packages) {
  const missing = packages.filter((entry) => !entry.present());
  if (missing.length === 0) return;
  const names = missing.map((entry) => entry.name);
  const list = missing.map((entry) => `    ${entry.name.padEnd(12)} ${entry.why}`).join('\n');
  if (!hasCommand('apt-get')) {
    throw new StepError(
      `These programs are missing, and this system has no apt-get to install them with:\n${list}\n` +
        'Install them with the package manager of this system (the names are those of Debian) and try again.',
    );
  }
  if (process.getuid?.() !== 0) {
    throw new StepError(
      `These Debian packages are missing, and only root can install them:\n${list}\n` +
        `Run \`sudo apt-get install ${names.join(' ')}\` and try again, or run this command as root.`,
    );
  }
  console.log(`These Debian packages are missing and will be installed:\n${list}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive', PATH: SYSTEM_PATH };
  const remedy =
    `Is the mirror in /etc/apt reachable, and is no other package manager running? \`apt-get update\` and\n` +
    `\`apt-get install ${names.join(' ')}\` by hand tell more; then try again.`;
  await step('Refreshing the package lists', (note) => run('apt-get', ['update'], { env, note, remedy }));
  // A fresh host may be busy with its first upgrade. What it has already is not for us to replace.
  const options = ['-y', '--no-install-recommends', '--no-remove', '-o', 'DPkg::Lock::Timeout=120'];
  const args = ['install', ...options, ...names];
  await step(`Fetching ${names.join(', ')}`, (note) =>
    run('apt-get', [...args, '--download-only'], { env, note, remedy }),
  );
  // Interrupted half-way, dpkg would leave a system that has to be repaired by hand.
  await step(`Installing ${names.join(', ')}`, (note) =>
    withoutDaemons(() => run('apt-get', args, { env, note, remedy, untilDone: true })),
  );
  const absent = packages.filter((entry) => !entry.present()).map((entry) => entry.name);
  if (absent.length === 0) return;
  throw new StepError(
    `apt-get has these installed, yet their files are not where they belong: ${absent.join(', ')}.\n` +
      `\`apt-get install --reinstall ${absent.join(' ')}\` brings them back; then try again.`,
  );
}

/**
 * Packages that are installed meanwhile do not start their daemons: what asks them to is refused (invoke-rc.d(8)).
 * @param {() => Promise<void>} action
 */
async function withoutDaemons(action) {
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' });
  } catch {
    // This system has a policy of its own.
    return action();
  }
  try {
    await action();
  } finally {
    rmSync(POLICY);
  }
}

/** Whether clang finds the libraries that its fuzzer and sanitizers need. */
function hasClangRuntime() {
  const { stdout } = spawnSync('clang', ['-print-runtime-dir'], { encoding: 'utf8' });
  const folder = stdout?.trim();
  if (!folder) return false;
  return [folder, join(folder, '..', 'linux')].some((place) => {
    try {
      return readdirSync(place).some((name) => name.startsWith('libclang_rt.fuzzer'));
    } catch {
      return false;
    }
  });
}

/** @param {string} name */
export function hasCommand(name) {
  return SYSTEM_PATH.split(delimiter).some((folder) => exists(join(folder, name), constants.X_OK));
}

function exists(path, mode = constants.R_OK) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
