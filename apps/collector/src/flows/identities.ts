/** Identities that flows share, each kept once while a flow has it. */
import type { Process } from '@packetless/model';
import type { KnownContainer } from '../containers/known-container.js';
import { briefProcess, type Identity, sameIdentity } from './identity.js';

/** Identities of one bucket that are compared; beyond that equal ones are kept twice, which costs memory only. */
const BUCKET_LIMIT = 32;
/** What an identity takes besides its text: objects, map entry, array places. */
const OVERHEAD_BYTES = 400;

export class Identities {
  /** By a cheap number, since joining all text of a process to a key would cost more than everything else. */
  readonly #buckets = new Map<number, number[]>();
  readonly #values: (Identity | undefined)[] = [undefined];
  readonly #uses: number[] = [0];
  readonly #free: number[] = [];
  #textBytes = 0;
  #shortened = 0;

  /** @param maxTextBytes beyond which new identities are kept without what makes them long */
  constructor(readonly maxTextBytes: number) {}

  /** The reference of this identity, used once more. */
  acquire(process: Process | null, container: KnownContainer | null): number {
    const known = this.#find(process, container);
    if (known !== 0) return known;
    if (process === null || this.#textBytes + textBytes(process) <= this.maxTextBytes) {
      return this.#add(process, container);
    }
    this.#shortened++;
    const brief = briefProcess(process);
    return this.#find(brief, container) || this.#add(brief, container);
  }

  /** The reference of an equal identity, used once more; 0 when there is none. */
  #find(process: Process | null, container: KnownContainer | null): number {
    const members = this.#buckets.get(bucketOf(process, container));
    const compared = Math.min(members?.length ?? 0, BUCKET_LIMIT);
    for (let index = 0; index < compared; index++) {
      const reference = members![index]!;
      if (sameIdentity(this.#values[reference]!, process, container)) {
        this.#uses[reference]!++;
        return reference;
      }
    }
    return 0;
  }

  #add(process: Process | null, container: KnownContainer | null): number {
    const bucket = bucketOf(process, container);
    const members = this.#buckets.get(bucket);
    const reference = this.#free.pop() ?? this.#values.length;
    this.#values[reference] = { process, container };
    this.#uses[reference] = 1;
    if (container !== null) container.uses++;
    this.#textBytes += textBytes(process);
    if (members === undefined) this.#buckets.set(bucket, [reference]);
    else if (members.length < BUCKET_LIMIT) members.push(reference);
    return reference;
  }

  /** One use less; 0 is ignored. */
  release(reference: number): void {
    if (reference === 0 || --this.#uses[reference]! > 0) return;
    const { process, container } = this.#values[reference]!;
    this.#textBytes -= textBytes(process);
    if (container !== null) container.uses--;
    this.#values[reference] = undefined;
    this.#free.push(reference);
    const bucket = bucketOf(process, container);
    const members = this.#buckets.get(bucket)?.filter((member) => member !== reference) ?? [];
    if (members.length === 0) this.#buckets.delete(bucket);
    else this.#buckets.set(bucket, members);
  }

  get(reference: number): Identity | null {
    return this.#values[reference] ?? null;
  }

  /** How often an identity was kept shorter than it was told, for want of room. */
  get shortened(): number {
    return this.#shortened;
  }

  get size(): number {
    return this.#values.length - 1 - this.#free.length;
  }

  /** One more than the greatest reference ever given. */
  get end(): number {
    return this.#values.length;
  }

  get retainedBytes(): number {
    return this.size * OVERHEAD_BYTES + this.#textBytes;
  }
}

function bucketOf(process: Process | null, container: KnownContainer | null): number {
  let bucket = container === null ? 0 : container.id.length + container.id.charCodeAt(0) * 64;
  if (process === null) return bucket;
  bucket = Math.imul(bucket + process.pid, 31) + (process.tid ?? 0);
  bucket = Math.imul(bucket, 31) + (process.cmdline?.length ?? 0);
  return Math.imul(bucket, 31) + (process.exe?.length ?? 0);
}

/** Characters of a process; containers are kept elsewhere, each once. */
function textBytes(process: Process | null): number {
  if (process === null) return 0;
  let characters = (process.script?.length ?? 0) + (process.role?.length ?? 0);
  for (const task of [process, process.parent]) {
    if (task === null) continue;
    characters += task.name.length + (task.exe?.length ?? 0) + (task.cmdline?.length ?? 0);
    characters += (task.user?.length ?? 0) + (task.group?.length ?? 0);
  }
  return characters;
}
