/** Names of what a self-test makes in the system bear its process id: so the next one finds what a killed one left. */
import { existsSync, readdirSync } from 'node:fs';

const PREFIX = 'packetless-selftest-';

/** The first part of every name that this process gives. */
export const OWN_PREFIX = `${PREFIX}${process.pid}-`;

/** Names in `folder` that a self-test gave whose process is no more. None when there is no such folder. */
export function leftOvers(folder: string): readonly string[] {
  return names(folder).filter((name) => {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    return pid !== undefined && !existsSync(`/proc/${pid}`);
  });
}

/** Names in `folder` that this process gave. */
export function ownNames(folder: string): readonly string[] {
  return names(folder).filter((name) => name.startsWith(OWN_PREFIX));
}

function names(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
