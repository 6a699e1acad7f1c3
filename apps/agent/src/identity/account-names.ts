import { readFileSync, statSync } from 'node:fs';

const CHECK_EVERY_MS = 1000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/**
 * Names by number out of a file such as /etc/passwd or /etc/group (`name:…:number:…`, passwd(5), group(5)).
 * The file is read again when it changed.
 */
class NumberedNames {
  #names: ReadonlyMap<number, string> = new Map();
  #signature = '';

  constructor(private readonly path: string) {}

  get(number: number): string | null {
    return this.#names.get(number) ?? null;
  }

  /** Looks at the file; tells whether the names may have changed. */
  look(): boolean {
    const before = this.#signature;
    this.#refresh();
    return this.#signature !== before;
  }

  #refresh(): void {
    try {
      const stat = statSync(this.path);
      const signature = `${stat.mtimeMs} ${stat.ino} ${stat.size}`;
      if (signature === this.#signature) return;
      this.#signature = signature;
      this.#names = stat.size > MAX_FILE_BYTES ? new Map() : parseNames(readFileSync(this.path, 'utf8'));
    } catch {
      // An image without the file knows no names; numbers are still right.
      this.#names = new Map();
      this.#signature = '';
    }
  }
}

/** As getpwuid(3) does, the first line with a number names it. */
function parseNames(text: string): Map<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':', 3);
    if (!name || id === undefined || !/^\d{1,10}$/.test(id)) continue;
    const number = Number(id);
    if (!names.has(number)) names.set(number, name);
  }
  return names;
}

/** Users and groups of this host by id; null for an id without a name. Asked for often, the files are looked at once a second. */
export class AccountNames {
  readonly #users: NumberedNames;
  readonly #groups: NumberedNames;
  readonly #now: () => number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #revision = 0;

  constructor(options: { passwd?: string; group?: string; now?: () => number } = {}) {
    this.#users = new NumberedNames(options.passwd ?? '/etc/passwd');
    this.#groups = new NumberedNames(options.group ?? '/etc/group');
    this.#now = options.now ?? Date.now;
  }

  user(uid: number): string | null {
    this.#look();
    return this.#users.get(uid);
  }

  group(gid: number): string | null {
    this.#look();
    return this.#groups.get(gid);
  }

  /** Grows when a name may have changed: whoever was named before is to be named again. */
  get revision(): number {
    this.#look();
    return this.#revision;
  }

  #look(): void {
    const now = this.#now();
    if (now - this.#lookedAt < CHECK_EVERY_MS) return;
    this.#lookedAt = now;
    const changed = [this.#users.look(), this.#groups.look()];
    if (changed.includes(true)) this.#revision += 1;
  }
}
