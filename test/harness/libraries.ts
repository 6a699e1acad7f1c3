/** The shared libraries that programs load. */
import { command } from './command.js';

/** Paths as the dynamic linker will look for them. */
export function librariesOf(files: readonly string[]): string[] {
  const found = new Set<string>();
  for (const file of files) {
    for (const [path] of dynamicLinkerSays(file).matchAll(/\/[^ )]+/g)) {
      if (!path.startsWith(file)) found.add(path);
    }
  }
  return [...found].sort();
}

/** Of a static program it says so, and fails. */
function dynamicLinkerSays(file: string): string {
  try {
    return command('ldd', [file]);
  } catch {
    return '';
  }
}
