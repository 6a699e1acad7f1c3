/** Small files of /proc and /sys that tell about the kernel and about this process. */
import { readFileSync } from 'node:fs';

/** Null when it is not there or may not be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

/** A member of /proc/self/status, proc(5): `statusField('CapEff')`. */
export function statusField(name: string): string | null {
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(readText('/proc/self/status') ?? '')?.[1] ?? null;
}

export interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** /proc/self/mountinfo, proc(5): `id parent device root POINT OPTIONS [more…] - TYPE source OPTIONS`. */
export function mounts(): readonly Mount[] {
  return (readText('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , , point, own = ''] = before.split(' ');
    const [type, , ofTree = ''] = after.split(' ');
    if (point === undefined || type === undefined) return [];
    return [{ point: unescaped(point), type, options: `${own},${ofTree}`.split(',') }];
  });
}

/** A space is written as \040. */
function unescaped(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
