/** What is the same in every virtual machine: userland, agent, checks. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from '../harness/command.js';
import { HERE, ROOT } from '../harness/root.js';
import { copyAgent } from './agent-files.js';
import { joinArchives, packFolder } from './cpio.js';
import { CHECKS, RUNS, TRAFFIC } from './guest/places.js';
import type { Run } from './guest/run.js';
import type { Kernel } from './kernel.js';
import { obtainUserland } from './userland.js';

export class Initramfs {
  readonly #userland: string;
  readonly #checks: string;

  /** `cache` outlives this run, `work` does not. */
  constructor(
    cache: string,
    private readonly work: string,
  ) {
    this.#userland = obtainUserland(cache, {
      init: join(HERE, 'kernels/guest/init'),
      addon: join(ROOT, 'native/introspection/build/introspection.node'),
    });
    this.#checks = join(work, 'checks.cpio');
    const root = join(work, 'checks');
    const inside = (path: string) => join(root, path);
    copyAgent(inside(CHECKS));
    const compiled = inside(`${CHECKS}/test/dist`);
    for (const part of ['harness', 'kernels/guest']) {
      cpSync(join(HERE, 'dist', part), join(compiled, part), { recursive: true });
    }
    cpSync(join(HERE, 'package.json'), inside(`${CHECKS}/test/package.json`));
    // By this file the harness finds where it is.
    cpSync(join(ROOT, 'pnpm-workspace.yaml'), inside(`${CHECKS}/pnpm-workspace.yaml`));
    command('gcc', ['-O2', '-static', '-o', inside(TRAFFIC), join(HERE, 'traffic/traffic.c')]);
    packFolder(root, this.#checks);
  }

  /** An initramfs for one boot; whoever asked removes it. */
  for(kernel: Kernel, runs: readonly Run[]): string {
    const root = join(this.work, kernel.release);
    mkdirSync(join(root, CHECKS), { recursive: true });
    writeFileSync(join(root, RUNS), JSON.stringify(runs));
    packFolder(root, `${root}.runs.cpio`);
    const joined = `${root}.cpio`;
    joinArchives([this.#userland, kernel.modules, this.#checks, `${root}.runs.cpio`], joined);
    return joined;
  }
}
