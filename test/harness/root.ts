/** Where the checkout is, whether this file runs from its source or compiled. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'pnpm-workspace.yaml'))) folder = dirname(folder);
  return folder;
}

export const ROOT = findRoot();
/** The folder of this package. */
export const HERE = join(ROOT, 'test');
