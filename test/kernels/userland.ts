/** The programs of the virtual machines: copies of this machine's own, with the libraries that they load. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { command, whereIs } from '../harness/command.js';
import { librariesOf } from '../harness/libraries.js';
import { packFolder } from './cpio.js';

/** busybox has its own nsenter, setpriv and ip, which know less. */
const PROGRAMS = ['node', 'ip', 'nsenter', 'setpriv', 'bpftool', 'kmod', 'busybox'];
/** Other names of kmod, which the kernel itself (modprobe) and people call. */
const KMOD_NAMES = ['modprobe', 'insmod', 'rmmod', 'lsmod'];
const FOLDERS = [
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
  'etc',
  'root',
  'bin',
  'sbin',
  'usr/bin',
  'usr/sbin',
  'var/tmp',
];
const FILES: { readonly [path: string]: string } = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n',
  'etc/group': 'root:x:0:\ndaemon:x:1:\nnogroup:x:65534:\n',
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
};

export interface UserlandParts {
  /** The first program of the machine. */
  readonly init: string;
  /** The addon, for the libraries that it needs. */
  readonly addon: string;
}

/** An archive with the userland, made once for each state of the programs that are in it. */
export function obtainUserland(cache: string, parts: UserlandParts): string {
  const programs = PROGRAMS.map((name) => ({ name, file: whereIs(name) }));
  const libraries = librariesOf([...programs.map(({ file }) => file), parts.addon]);
  const archive = join(
    cache,
    `userland-${fingerprint([...programs.map(({ file }) => file), ...libraries, parts.init])}.cpio`,
  );
  if (existsSync(archive)) return archive;

  const root = join(cache, 'userland.new');
  rmSync(root, { recursive: true, force: true });
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
  for (const { name, file } of programs) cpSync(file, join(root, 'usr/bin', name), { dereference: true });
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    cpSync(library, join(root, library), { dereference: true });
  }
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(root, path), text);
  for (const name of KMOD_NAMES) symlinkSync('/usr/bin/kmod', join(root, 'sbin', name));
  const taken = new Set([...PROGRAMS, ...KMOD_NAMES]);
  for (const applet of command('busybox', ['--list']).split('\n')) {
    if (applet !== '' && !taken.has(applet)) symlinkSync('/usr/bin/busybox', join(root, 'bin', applet));
  }
  cpSync(parts.init, join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  packFolder(root, `${archive}.new`);
  renameSync(`${archive}.new`, archive);
  rmSync(root, { recursive: true });
  return archive;
}

function fingerprint(files: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify([FOLDERS, FILES, KMOD_NAMES]));
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
