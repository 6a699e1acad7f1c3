import { createRequire } from 'node:module';

/** The collector's version, as its package.json says. */
export const VERSION: string = createRequire(import.meta.url)('../package.json').version;
