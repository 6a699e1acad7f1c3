/** Loading of native parts, with a reason that a person can act on. */
import { createRequire } from 'node:module';

export interface AddonPlace {
  /** Of the package that asks (`import.meta.url`); `path` is relative to it. */
  readonly url: string;
  readonly path: string;
  /** Name of the package, to build it by. */
  readonly packageName: string;
  /** Library that it needs, and Debian's package of that. */
  readonly sharedLibrary: string;
  readonly debianPackage: string;
}

/** Why an addon is not there: it was not built or does not run here. The message says what to do about it. */
export class AddonMissingError extends Error {
  override readonly name = 'AddonMissingError';
}

/** Throws AddonMissingError. */
export function loadAddon<Addon>(place: AddonPlace): Addon {
  try {
    return createRequire(place.url)(place.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new AddonMissingError(
      `The native part of ${place.packageName} cannot be loaded: ${reason}. ` +
        `Build it with "pnpm --filter ${place.packageName} build"; it needs Linux and the library ${place.sharedLibrary} ` +
        `(Debian: apt-get install ${place.debianPackage}).`,
    );
  }
}
