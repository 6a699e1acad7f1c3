import { loadAddon } from './addon.js';

/**
 * Gives memory that was freed back to the system, in less than a millisecond. The C library keeps it otherwise: what
 * libbpf took to read the kernel's types, what V8's compilers took in their threads (malloc_trim(3); glibc only).
 */
export function releaseMemory(): void {
  loadAddon().releaseMemory();
}
