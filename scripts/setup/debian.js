/** The Debian packages that building and testing need: which, why, and how it is seen that one is missing. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, StepError, step } from './progress.js';

/** @typedef {{ name: string, why: string, present: () => boolean }} DebianPackage */

/** @type {readonly DebianPackage[]} */
export const BUILD_PACKAGES = [
  { name: 'make', why: 'drives the native build', present: () => hasCommand('make') },
  { name: 'g++', why: 'compiles the native addon', present: () => hasCommand('g++') },
  { name: 'clang', why: 'compiles the eBPF programs', present: () => hasCommand('clang') },
  {
    name: 'bpftool',
    why: 'turns eBPF objects into a loader',
    // Debian puts it where only root's PATH looks.
    present: () => hasCommand('bpftool') || exists('/usr/sbin/bpftool'),
  },
  {
    name: 'libbpf-dev',
    why: 'loads eBPF programs',
    present: () => exists('/usr/include/bpf/libbpf.h') && exists('/usr/include/libelf.h'),
  },
];

/** @type {readonly DebianPackage[]} */
export const TEST_PACKAGES = [
  { name: 'iproute2', why: 'makes the network namespaces of the tests', present: () => hasCommand('ip') },
  { name: 'chromium', why: 'opens the live page in the tests', present: () => hasCommand('chromium') },
  { name: 'python3', why: 'traffic programs of the tests', present: () => hasCommand('python3') },
  { name: 'curl', why: 'a real client for the tests', present: () => hasCommand('curl') },
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
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await step('Refreshing the package lists', (note) => run('apt-get', ['update'], { env, note }));
  await step(`Installing ${names.join(', ')}`, (note) =>
    run('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env, note }),
  );
}

/** @param {string} name */
export function hasCommand(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => exists(join(folder, name)));
}

function exists(path) {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
