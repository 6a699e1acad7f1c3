/** The agent as it was built, with what it needs at run time and nothing else. */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { ROOT } from '../harness/root.js';

const SCOPE = '@packetless/';
/** Folders of dependencies that no program reads: sources, and binaries of other systems. */
const LEFT_OUT = /^(node_modules|src|script|include|build[/\\](darwin|win32))([/\\]|$)/;

interface Manifest {
  readonly name: string;
  readonly files?: readonly string[];
  readonly dependencies?: { readonly [name: string]: string };
}

/**
 * Copies the agent and its dependencies into `folder`, all packages side by side in one node_modules. Gives the path of
 * the program, relative to `folder`.
 */
export function copyAgent(folder: string): string {
  const copied = new Map<string, string>();
  copyPackage(join(ROOT, 'apps/agent'), folder, copied);
  return 'node_modules/@packetless/agent/bin/packetless-agent.js';
}

function copyPackage(from: string, folder: string, copied: Map<string, string>): void {
  const source = realpathSync(from);
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  const before = copied.get(manifest.name);
  if (before === source) return;
  if (before !== undefined)
    throw new Error(`the agent needs two versions of ${manifest.name}: ${before} and ${source}`);
  copied.set(manifest.name, source);
  const to = join(folder, 'node_modules', manifest.name);
  mkdirSync(to, { recursive: true });
  if (manifest.name.startsWith(SCOPE)) copyOurs(manifest, source, to);
  else cpSync(source, to, { recursive: true, filter: (path) => !LEFT_OUT.test(relative(source, path)) });
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    copyPackage(installed(name, source), folder, copied);
  }
}

/** What the package says it consists of; of the native build only its result. */
function copyOurs(manifest: Manifest, source: string, to: string): void {
  cpSync(join(source, 'package.json'), join(to, 'package.json'));
  for (const part of manifest.files ?? []) {
    cpSync(join(source, part), join(to, part), {
      recursive: true,
      filter: (path) =>
        !/\.(o|d|debug|skel\.h|map|d\.ts|tsbuildinfo)$/.test(path) && !path.includes('.test.'),
    });
  }
}

/** Where Node finds a package that another one asks for. */
function installed(name: string, from: string): string {
  for (let folder = from; folder !== sep; folder = dirname(folder)) {
    const place = join(folder, 'node_modules', name);
    if (existsSync(place)) return place;
  }
  throw new Error(`${name}, which ${from} needs, is not installed`);
}
