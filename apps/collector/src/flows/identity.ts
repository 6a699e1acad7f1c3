/** Who is behind a side of a flow, and which of two answers is the better one. */
import type { Evidence, FilterIdentity, ParentProcess, Process } from '@packetless/model';
import type { KnownContainer } from '../containers/known-container.js';

export interface Identity {
  readonly process: Process | null;
  readonly container: KnownContainer | null;
}

/** As it can be read now. */
export function readIdentity({ process, container }: Identity): FilterIdentity {
  return { process, container: container === null ? null : container.description };
}

/** The kernel's word at the moment of the event is worth more than one looked up later. */
const WORTH: { readonly [evidence in Evidence]: number } = {
  none: 0,
  proc: 1,
  snapshot: 2,
  kernel: 3,
  io: 3,
};

/**
 * The latest answer wins unless it is known in a worse way. What the latest leaves out about the same process or
 * container stays.
 */
export function betterIdentity(known: Identity, latest: Identity): Identity {
  return withContainer(betterProcess(known.process, latest.process), known, latest);
}

/** The latest answer wins however it is known: whoever knew the former one took it back. */
export function correctedIdentity(known: Identity, latest: Identity): Identity {
  return withContainer(latestProcess(known.process, latest.process), known, latest);
}

/** Of two processes each is where it is: the container that one is in says nothing of the other. */
function withContainer(process: Process | null, known: Identity, latest: Identity): Identity {
  const two = known.process !== null && latest.process !== null && known.process.pid !== latest.process.pid;
  if (!two) return { process, container: betterContainer(known.container, latest.container) };
  return { process, container: process === known.process ? known.container : latest.container };
}

function betterProcess(known: Process | null, latest: Process | null): Process | null {
  if (known !== null && latest !== null && WORTH[latest.evidence] < WORTH[known.evidence]) return known;
  return latestProcess(known, latest);
}

function latestProcess(known: Process | null, latest: Process | null): Process | null {
  if (known === null || latest === null) return latest ?? known;
  // After an exec the pid is the same and the program is not.
  const same = latest.pid === known.pid && latest.name === known.name;
  if (!same || (latest.exe !== null && known.exe !== null && latest.exe !== known.exe)) return latest;
  return {
    ...latest,
    uid: latest.uid ?? known.uid,
    user: latest.user ?? known.user,
    gid: latest.gid ?? known.gid,
    group: latest.group ?? known.group,
    exe: latest.exe ?? known.exe,
    cmdline: latest.cmdline ?? known.cmdline,
    tid: latest.tid ?? known.tid,
    // An interpreter may run one script after the other: whoever knows the arguments would know the script.
    script:
      latest.script ?? (latest.cmdline === null || latest.cmdline === known.cmdline ? known.script : null),
    exeDeleted: latest.exeDeleted ?? known.exeDeleted,
    role: latest.role ?? known.role,
    parent: latest.parent ?? known.parent,
  };
}

/** Two may tell of one container; the one that knows its names is the better one. */
function betterContainer(known: KnownContainer | null, latest: KnownContainer | null): KnownContainer | null {
  if (known === null || latest === null) return latest ?? known;
  return latest.id === known.id && known.isNamed && !latest.isNamed ? known : latest;
}

export function sameIdentity(
  a: Identity,
  process: Process | null,
  container: KnownContainer | null,
): boolean {
  return sameContainer(a.container, container) && sameProcess(a.process, process);
}

function sameProcess(a: Process | null, b: Process | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return (
    sameTask(a, b) &&
    a.tid === b.tid &&
    a.script === b.script &&
    a.exeDeleted === b.exeDeleted &&
    a.role === b.role &&
    a.evidence === b.evidence &&
    sameParent(a.parent, b.parent)
  );
}

function sameParent(a: ParentProcess | null, b: ParentProcess | null): boolean {
  return a === b || (a !== null && b !== null && sameTask(a, b));
}

function sameTask(a: ParentProcess, b: ParentProcess): boolean {
  return (
    a.pid === b.pid &&
    a.name === b.name &&
    a.exe === b.exe &&
    a.cmdline === b.cmdline &&
    a.uid === b.uid &&
    a.user === b.user &&
    a.gid === b.gid &&
    a.group === b.group
  );
}

function sameContainer(a: KnownContainer | null, b: KnownContainer | null): boolean {
  return a === b || (a !== null && b !== null && a.isSame(b));
}

/** Characters of a name that stays in a brief process: the kernel's names have 15. */
const BRIEF = 32;

/** Who it is, without all that can be long: for a table whose room for text is used up. */
export function briefProcess(process: Process): Process {
  return {
    ...process,
    name: brief(process.name),
    user: process.user && brief(process.user),
    group: null,
    exe: null,
    cmdline: null,
    script: null,
    role: null,
    parent: null,
  };
}

/** A copy: a mere slice would hold the whole text, and a name is itself a slice of its path. */
function brief(text: string): string {
  return Buffer.from(text.slice(0, BRIEF), 'utf16le').toString('utf16le');
}
