/** Boots Debian's stock kernels in qemu and checks the agent on each. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HERE, ROOT } from '../harness/root.js';
import { copyAgent } from './agent-files.js';
import { command } from './command.js';
import { joinArchives, packFolder } from './cpio.js';
import { DebianArchive } from './debian-archive.js';
import { KERNELS } from './expectations.js';
import { readFinding } from './guest/finding.js';
import { chooseVersion, obtainKernel } from './kernel.js';
import { obtainUserland } from './userland.js';
import { boot } from './virtual-machine.js';

const CACHE = join(ROOT, '.cache', 'kernels');
const ARTEFACTS = join(HERE, 'build', 'kernels');
const BOOT_LIMIT_S = 300;

mkdirSync(CACHE, { recursive: true });
mkdirSync(ARTEFACTS, { recursive: true });
const archive = new DebianArchive(join(CACHE, 'apt'));
mkdirSync(join(CACHE, 'apt'), { recursive: true });
archive.refresh();
const userland = obtainUserland(CACHE, {
  init: join(HERE, 'kernels/guest/init'),
  addon: join(ROOT, 'native/introspection/build/introspection.node'),
});
const work = mkdtempSync(join(tmpdir(), 'packetless-kernels-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const checks = join(work, 'checks');
copyAgent(join(work, 'root', 'checks'));
mkdirSync(join(work, 'root/checks/test/dist'), { recursive: true });
for (const part of ['harness', 'kernels/guest'])
  cpSync(join(HERE, 'dist', part), join(work, 'root/checks/test/dist', part), { recursive: true });
cpSync(join(HERE, 'package.json'), join(work, 'root/checks/test/package.json'));
cpSync(join(ROOT, 'pnpm-workspace.yaml'), join(work, 'root/checks/pnpm-workspace.yaml'));
command('gcc', ['-O2', '-static', '-o', join(work, 'root/checks/traffic'), join(HERE, 'traffic/traffic.c')]);
packFolder(join(work, 'root'), join(work, 'checks.cpio'));
void checks;

const only = process.argv[2];
for (const entry of KERNELS) {
  if (only !== undefined && entry.series !== only && !(only === 'newest' && entry.series === null)) continue;
  const version = chooseVersion(archive, entry.series);
  const kernel = obtainKernel(archive, version, CACHE);
  const initramfs = join(work, `${kernel.release}.cpio`);
  joinArchives([userland, kernel.modules, join(work, 'checks.cpio')], initramfs);
  const result = await boot(kernel, initramfs, join(ARTEFACTS, kernel.release), BOOT_LIMIT_S);
  rmSync(initramfs);
  console.log(`== ${kernel.release} ${result.ending} ${result.seconds.toFixed(1)} s`);
  for (const line of result.lines) {
    const finding = readFinding(line);
    console.log(
      finding === null
        ? line
        : `${finding.verdict.padEnd(8)} ${finding.run}: ${finding.fact} ${finding.detail}`,
    );
  }
}
