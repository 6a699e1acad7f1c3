/** From a bare clone to a built workspace: the pinned pnpm, the dependencies, the build. Quick when nothing changed. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_PACKAGES, installDebianPackages } from './debian.js';
import { run, step } from './progress.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PNPM_HOME = join(ROOT, '.cache', 'pnpm');
const STAMP = join(ROOT, 'node_modules', '.packetless-installed');

/** Environment in which the pinned pnpm comes first; nothing is installed outside this folder. */
export const WORKSPACE_ENV = {
  PATH: [join(PNPM_HOME, 'bin'), join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_update_notifier: 'false',
};

/** @param {readonly import('./debian.js').DebianPackage[]} extraPackages beyond those of the build */
export async function prepareWorkspace(extraPackages = []) {
  await installDebianPackages([...BUILD_PACKAGES, ...extraPackages]);
  await installPnpm();
  await installDependencies();
  await step('Building native code, programs and page', (note) =>
    run('turbo', ['run', 'build', '--output-logs=errors-only'], { cwd: ROOT, env: WORKSPACE_ENV, note }),
  );
}

async function installPnpm() {
  const { packageManager } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const stamp = join(PNPM_HOME, 'version');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === packageManager) return;
  await step(`Installing ${packageManager} into this folder`, async (note) => {
    await mkdir(PNPM_HOME, { recursive: true });
    await run(
      'npm',
      ['install', '--global', '--no-audit', '--no-fund', '--prefix', PNPM_HOME, packageManager],
      {
        note,
      },
    );
    await writeFile(stamp, packageManager);
  });
}

async function installDependencies() {
  const lock = await readFile(join(ROOT, 'pnpm-lock.yaml'));
  const wanted = createHash('sha256').update(lock).update(process.versions.modules).digest('hex');
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === wanted) return;
  await step('Installing dependencies', async (note) => {
    await run('pnpm', ['install', '--frozen-lockfile'], {
      cwd: ROOT,
      env: { ...WORKSPACE_ENV, CI: '1' },
      note,
    });
    await writeFile(STAMP, wanted);
  });
}
