/** A stock kernel of Debian, ready to boot: its image, and its network modules as a part of an initramfs. */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../harness/command.js';
import type { DebianArchive } from '../harness/debian-archive.js';
import { packFolder } from './cpio.js';

/** The images for virtual machines: the same code as Debian's others with fewer drivers. */
const META_PACKAGE = 'linux-image-cloud-amd64';

/** What a test of network visibility may load: no drivers of hardware. */
const MODULES = ['kernel/net', 'kernel/lib', 'kernel/crypto', 'kernel/arch/x86/crypto', 'kernel/drivers/net'];
const HARDWARE =
  /\/(ethernet|wireless|hyperv|bluetooth|phy|mdio|can|fddi|ieee802154|wwan|usb|vmxnet3|fjes)\//;

export interface Kernel {
  /** As `uname -r` says it. */
  readonly release: string;
  /** Of the Debian package. */
  readonly version: string;
  readonly image: string;
  /** An archive with lib/modules/RELEASE. */
  readonly modules: string;
}

/** The newest of Debian's versions that begins with `series` ("6.1."), or of all. Throws when there is none. */
export function chooseVersion(archive: DebianArchive, series: string | null): string {
  const versions = archive.versionsOf(META_PACKAGE);
  const version = versions.find((version) => series === null || version.startsWith(series));
  if (version !== undefined) return version;
  throw new Error(
    `Debian's archive has no kernel ${series ?? ''} now: only ${versions.join(', ') || 'none'} could be found`,
  );
}

/** Fetches and prepares a kernel, or finds it prepared in `cache`. */
export function obtainKernel(archive: DebianArchive, version: string, cache: string): Kernel {
  const packages = archive.closure({ name: META_PACKAGE, version });
  const release = packages
    .map(({ name }) => /^linux-image-(\d.*)$/.exec(name)?.[1])
    .find((found) => found !== undefined);
  if (release === undefined) throw new Error(`${META_PACKAGE} ${version} leads to no kernel`);
  const folder = join(cache, `${release}_${version.replace(/[^\w.+-]/g, '_')}`);
  const kernel = { release, version, image: join(folder, 'vmlinuz'), modules: join(folder, 'modules.cpio') };
  if (existsSync(folder)) return kernel;

  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, 'files'), { recursive: true });
  for (const entry of packages) {
    if (!entry.name.includes(release)) continue;
    command('dpkg-deb', ['-x', archive.download(entry, join(work, 'download')), join(work, 'files')]);
  }
  const modules = join(work, 'modules');
  cpSync(imageIn(join(work, 'files'), release), join(work, 'vmlinuz'));
  selectModules(modulesIn(join(work, 'files'), release), join(modules, 'lib/modules', release));
  command('depmod', ['-b', modules, release]);
  packFolder(modules, join(work, 'modules.cpio'));
  for (const part of ['files', 'download', 'modules'])
    rmSync(join(work, part), { recursive: true, force: true });
  writeFileSync(join(work, 'version'), `${version}\n`);
  // Only what is complete has its name.
  renameSync(work, folder);
  return kernel;
}

/** From 7.x on modules and image lie below /usr. */
function modulesIn(files: string, release: string): string {
  const places = ['lib/modules', 'usr/lib/modules'].map((place) => join(files, place, release));
  const found = places.find((place) => existsSync(join(place, 'kernel')));
  if (found === undefined) throw new Error(`no modules in the packages of ${release}`);
  return found;
}

function imageIn(files: string, release: string): string {
  const places = [
    join(files, 'boot', `vmlinuz-${release}`),
    join(files, 'usr/lib/modules', release, 'vmlinuz'),
    join(files, 'lib/modules', release, 'vmlinuz'),
  ];
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`no image in the packages of ${release}`);
  return found;
}

function selectModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from)) {
    if (/^modules\.(builtin|order)/.test(file)) cpSync(join(from, file), join(to, file));
  }
  for (const part of MODULES) {
    if (!existsSync(join(from, part))) continue;
    cpSync(join(from, part), join(to, part), {
      recursive: true,
      filter: (path) => !HARDWARE.test(`${path}/`),
    });
  }
}
