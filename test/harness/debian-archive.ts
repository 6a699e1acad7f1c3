/**
 * Debian's archive through a private apt: its own sources, lists and downloads, in a folder of ours. The machine's
 * sources stay as they are; only its proxies and keys are used.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command.js';

const MIRROR = 'http://deb.debian.org';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** A part of the archive, and a suite in it. */
export type Suite = readonly [part: string, suite: string];

const SUITES: readonly Suite[] = [
  ['debian', 'bullseye'],
  ['debian-security', 'bullseye-security'],
  ['debian', 'bookworm'],
  ['debian-security', 'bookworm-security'],
  ['debian', 'trixie'],
  ['debian-security', 'trixie-security'],
  ['debian', 'trixie-backports'],
  ['debian', 'sid'],
];
/** Packages leave the mirror when they are superseded. */
const LISTS_LAST_MS = 6 * 3600 * 1000;

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

export interface ArchiveOptions {
  readonly suites?: readonly Suite[];
  /** Packages' sources instead of what is installed of them. */
  readonly ofSources?: boolean;
}

export class DebianArchive {
  readonly #options: readonly string[];
  readonly #sources: string;

  constructor(
    private readonly folder: string,
    { suites = SUITES, ofSources = false }: ArchiveOptions = {},
  ) {
    const kind = ofSources ? 'deb-src' : 'deb';
    this.#sources = suites
      .map(([part, suite]) => `${kind} [signed-by=${KEYS}] ${MIRROR}/${part} ${suite} main\n`)
      .join('');
    const option = (name: string, value: string) => ['-o', `${name}=${value}`];
    this.#options = [
      ...option('Dir::Etc::sourcelist', join(folder, 'sources.list')),
      ...option('Dir::Etc::sourceparts', '/dev/null'),
      ...option('Dir::Etc::preferencesparts', '/dev/null'),
      ...option('Dir::State::lists', join(folder, 'lists')),
      ...option('Dir::Cache', folder),
      ...option('Acquire::Languages', 'none'),
      ...option('Acquire::Retries', '2'),
      ...option('APT::Architecture', 'amd64'),
      // Its own user may not be allowed into this folder.
      ...option('APT::Sandbox::User', 'root'),
      ...option('APT::Update::Error-Mode', 'any'),
      // What the machine does after its own updates has nothing to do with ours.
      ...option('APT::Update::Post-Invoke', ''),
      ...option('APT::Update::Post-Invoke-Success', ''),
    ];
  }

  /** Reads the lists of all suites unless they are fresh. Throws when one suite cannot be reached. */
  refresh(): void {
    const sourcesFile = join(this.folder, 'sources.list');
    const stamp = join(this.folder, 'refreshed');
    const known = existsSync(sourcesFile) ? readFileSync(sourcesFile, 'utf8') : '';
    if (known === this.#sources && existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < LISTS_LAST_MS)
      return;
    for (const part of ['lists/partial', 'archives/partial'])
      mkdirSync(join(this.folder, part), { recursive: true });
    writeFileSync(sourcesFile, this.#sources);
    command('apt-get', [...this.#options, 'update']);
    writeFileSync(stamp, '');
  }

  /** All versions of a package in all suites, as far as they could be reached; the newest first. */
  versionsOf(name: string): string[] {
    const lines = command('apt-cache', [...this.#options, 'madison', name]).split('\n');
    const versions = lines
      .map((line) => line.split('|')[1]?.trim())
      .filter((version) => version !== undefined);
    return [...new Set(versions)].sort((a, b) => (isNewer(a, b) ? -1 : 1));
  }

  /** Packages of the same source that this one needs in exactly the same version, itself included. */
  closure(from: PackageVersion): PackageVersion[] {
    const found = new Map([[from.name, from]]);
    for (const { name, version } of found.values()) {
      const description = command('apt-cache', [...this.#options, 'show', `${name}=${version}`]);
      const depends = /^(?:Pre-)?Depends: (.*)$/m.exec(description)?.[1] ?? '';
      for (const [, needed, exact] of depends.matchAll(/([a-z0-9][a-z0-9.+-]+) \(= ([^)]+)\)/g)) {
        if (needed !== undefined && exact === version) found.set(needed, { name: needed, version });
      }
    }
    return [...found.values()];
  }

  /** Fetches a package into `folder` and gives the file. */
  download({ name, version }: PackageVersion, folder: string): string {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    command('apt-get', [...this.#options, 'download', `${name}=${version}`], { cwd: folder });
    const file = readdirSync(folder).find((entry) => entry.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get downloaded nothing for ${name} ${version}`);
    return join(folder, file);
  }

  /** Fetches the authors' own archive of a source package, the newest there is, into `folder` and gives the file. */
  downloadSource(name: string, folder: string): string {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    command('apt-get', [...this.#options, 'source', '--download-only', '--tar-only', name], { cwd: folder });
    const file = readdirSync(folder).find((entry) => /\.orig\.tar\.[a-z0-9]+$/.test(entry));
    if (file === undefined) throw new Error(`apt-get downloaded no source of ${name}`);
    return join(folder, file);
  }
}

function isNewer(a: string, b: string): boolean {
  try {
    command('dpkg', ['--compare-versions', a, 'gt', b]);
    return true;
  } catch {
    return false;
  }
}
