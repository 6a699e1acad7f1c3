import { loadAddon } from './addon.js';

/** What is left after privileges were given up. */
export interface Privileges {
  /** Names of capabilities, such as `CAP_SYS_PTRACE`. */
  readonly kept: readonly string[];
  /** Why some thread may still have more; null when none has. */
  readonly error: string | null;
}

/**
 * Gives up all of this process's capabilities but those named in `keep`, in every thread and for good: nothing gives
 * more back, also not the start of another program. Never throws for what could not be given up: see `error`.
 *
 *     const { kept, error } = dropPrivileges([...introspection.capabilities, 'CAP_SYS_PTRACE']);
 */
export function dropPrivileges(keep: readonly string[]): Privileges {
  return loadAddon().dropPrivileges(keep);
}
