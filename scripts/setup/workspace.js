/** From a bare clone to a built workspace: the pinned pnpm, the dependencies, the build. Quick when nothing changed. */
import { createHash } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUILD_PACKAGES, installDebianPackages, SYSTEM_PATH } from './debian.js';
import { run, step } from './progress.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, '.cache');
const PNPM_HOME = join(CACHE, 'pnpm');
const STAMP = join(ROOT, 'node_modules', '.packetless-installed');

const OFFLINE = `Is the registry reachable (\`npm config get registry\`, proxies)? Then try again.`;

/** Environment in which the pinned pnpm comes first. */
export const WORKSPACE_ENV = {
  PATH: [join(PNPM_HOME, 'bin'), join(ROOT, 'node_modules', '.bin'), SYSTEM_PATH].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  npm_config_update_notifier: 'false',
  // By default npm and pnpm are silent for more than a minute before they say that the registry does not answer.
  npm_config_fetch_retry_mintimeout: '2000',
  npm_config_fetch_retry_maxtimeout: '10000',
  ...writableHome(),
};

/** @param {readonly import('./debian.js').DebianPackage[]} extraPackages beyond those of the build */
export async function prepareWorkspace(extraPackages = []) {
  await installDebianPackages([...BUILD_PACKAGES, ...extraPackages]);
  await installPnpm();
  await installDependencies();
  await step('Building native code, programs and page', (note) =>
    run('turbo', ['run', 'build', '--output-logs=errors-only'], {
      cwd: ROOT,
      env: WORKSPACE_ENV,
      note,
      remedy: 'If the code is as it was cloned, remove the folder node_modules and try again.',
    }),
  );
}

async function installPnpm() {
  const { packageManager } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const stamp = join(PNPM_HOME, 'version');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === packageManager) return;
  await step(`Installing ${packageManager} into this folder`, async (note) => {
    await mkdir(PNPM_HOME, { recursive: true });
    const args = ['install', '--global', '--no-audit', '--no-fund', '--prefix', PNPM_HOME, packageManager];
    await run('npm', args, { env: WORKSPACE_ENV, note, remedy: OFFLINE });
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
      // CI: ask nothing.
      env: { ...WORKSPACE_ENV, CI: '1' },
      note,
      remedy: OFFLINE,
    });
    await writeFile(STAMP, wanted);
  });
}

/** npm and pnpm keep caches in the home directory; without one that can be written to they get one in this folder. */
function writableHome() {
  const home = homedir();
  try {
    accessSync(home, constants.W_OK);
    return {};
  } catch {
    const substitute = join(CACHE, 'home');
    // `npm start` hands its own settings down, which point to the real home.
    return {
      HOME: substitute,
      npm_config_cache: join(substitute, '.npm'),
      npm_config_userconfig: join(home, '.npmrc'),
    };
  }
}
