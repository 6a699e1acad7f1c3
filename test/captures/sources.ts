/** Real captures: those that the authors of other programs test these with, from Debian's source packages. */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { command } from '../harness/command.js';
import { DebianArchive } from '../harness/debian-archive.js';

const PACKAGES = ['tcpdump', 'libpcap', 'ndpi', 'wireshark'] as const;
const NAMES = [
  '*.pcap',
  '*.pcap.gz',
  '*.pcapng',
  '*.pcapng.gz',
  '*.pcapng.[0-9]',
  '*.cap',
  '*.cap.gz',
  '*.ntar',
  '*.capture',
];
const ATTEMPTS = 3;
/** pcap and pcapng, in both byte orders and with both resolutions, and what is compressed with gzip. */
const MAGIC = /^(d4c3b2a1|a1b2c3d4|4d3cb2a1|a1b23c4d|0a0d0d0a|1f8b)/;

export interface CaptureFile {
  /** `package/path in it`. */
  readonly name: string;
  readonly path: string;
}

/** All captures, by name. What is not in `cache` yet is fetched and unpacked. Throws when it cannot be. */
export function obtainCaptures(cache: string): CaptureFile[] {
  let archive: DebianArchive | null = null;
  for (const name of PACKAGES) {
    if (existsSync(join(cache, name))) continue;
    archive ??= openArchive(cache);
    fetchPackage(archive, name, cache);
  }
  return PACKAGES.flatMap((name) => capturesIn(cache, name));
}

function openArchive(cache: string): DebianArchive {
  const archive = new DebianArchive(join(cache, 'apt'), {
    suites: [['debian', 'bookworm']],
    ofSources: true,
  });
  attempt(() => archive.refresh());
  return archive;
}

/** Only what is whole gets its name. */
function fetchPackage(archive: DebianArchive, name: string, cache: string): void {
  const [fetched, unpacked] = [join(cache, `${name}.fetched`), join(cache, `${name}.unpacked`)];
  const file = attempt(() => archive.downloadSource(name, fetched));
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  command('tar', [
    '-x',
    '-f',
    file,
    '-C',
    unpacked,
    '--strip-components=1',
    '--wildcards',
    ...presentIn(file),
  ]);
  renameSync(unpacked, join(cache, name));
  rmSync(fetched, { recursive: true });
}

/** tar fails for a pattern that nothing is like. */
function presentIn(file: string): string[] {
  const names = command('tar', ['-t', '-f', file]).split('\n');
  return NAMES.filter((pattern) => {
    const ending = new RegExp(`${pattern.slice(1).replaceAll('.', '\\.')}$`);
    return names.some((name) => ending.test(name));
  });
}

function attempt<T>(act: () => T): T {
  for (let left = ATTEMPTS - 1; ; left--) {
    try {
      return act();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

function capturesIn(cache: string, name: string): CaptureFile[] {
  const folder = join(cache, name);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((entry) => ({ name: `${name}/${entry}`, path: join(folder, entry) }))
    .filter(({ path }) => statSync(path).isFile() && MAGIC.test(beginning(path)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function beginning(path: string): string {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(4);
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return bytes.toString('hex');
}
