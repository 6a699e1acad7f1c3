/** Folders as parts of an initramfs: the kernel unpacks several archives that lie one behind another. */
import { closeSync, copyFileSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { command } from '../harness/command.js';

/** Packs everything in `folder`, as root's. */
export function packFolder(folder: string, archive: string): void {
  const paths = command('find', ['.', '-mindepth', '1'], { cwd: folder });
  const sorted = paths.split('\n').filter(Boolean).sort().join('\n');
  command('cpio', ['-o', '-H', 'newc', '--quiet', '-R', '0:0', '-F', archive], {
    cwd: folder,
    input: `${sorted}\n`,
  });
}

/** One file that holds all archives, in order: what comes later replaces what came before. */
export function joinArchives(archives: readonly string[], joined: string): void {
  const [first, ...others] = archives;
  if (first === undefined) {
    writeFileSync(joined, '');
    return;
  }
  copyFileSync(first, joined);
  const file = openSync(joined, 'a');
  try {
    for (const archive of others) writeSync(file, readFileSync(archive));
  } finally {
    closeSync(file);
  }
}
