/** Makes what all rows share, and has it taken away again. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeCgroup } from './cgroup.js';
import type { Cleanup } from './cleanup.js';
import { OWN_PREFIX } from './left-overs.js';
import { Network } from './network.js';
import type { World } from './stage.js';

const TRAFFIC = fileURLToPath(new URL('../../build/traffic', import.meta.url));

/** The self-test cannot run on this host; the message says why and what to do. */
export class CannotRun extends Error {
  override readonly name = 'CannotRun';
}

export async function buildWorld(cleanup: Cleanup, full: boolean): Promise<World> {
  if (process.getuid?.() !== 0) {
    throw new CannotRun('selftest makes network namespaces and processes of other users: run it as root');
  }
  if (!existsSync(TRAFFIC))
    throw new CannotRun(`${TRAFFIC} is missing: build the agent (npm install && npm run build)`);
  const folder = mkdtempSync(join(tmpdir(), OWN_PREFIX));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true }));
  // Other users run programs in it.
  chmodSync(folder, 0o755);
  const root = join(folder, 'root');
  mkdirSync(root);
  const network = new Network();
  try {
    await network.build(cleanup);
  } catch (error) {
    throw new CannotRun(`network namespaces cannot be made here: ${message(error)}`);
  }
  return { network, cgroup: makeCgroup(cleanup), folder, root, programs: programs(folder), full };
}

function programs(folder: string): World['programs'] {
  const copy = (name: string): string => {
    const path = join(folder, name);
    copyFileSync(TRAFFIC, path);
    chmodSync(path, 0o755);
    return path;
  };
  return { client: copy('client'), server: copy('server'), worker: copy('worker') };
}

function message(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return 'the program ip is missing. Install it: apt-get install iproute2';
  }
  return error instanceof Error ? error.message.trim() : String(error);
}
