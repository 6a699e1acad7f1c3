/** A process, its parent and how they are known, as members of an event (docs/wire.md §5, §13). */
import type { ParentProcess, Process } from '@packetless/model';
import { type JsonWriter, type Literal, literal, Piece } from './json-writer.js';
import { AMPLE, atMost, type Room } from './room.js';

const PID = literal('"PID":');
const UID = literal('"UID":');
const UID_NAME = literal('"UID_NAME":');
const GID = literal('"GID":');
const GID_NAME = literal('"GID_NAME":');
const TID = literal('"TID":');
const PROCESS_PATH = literal('"PROCESS_PATH":');
const PROCESS_CMDLINE = literal('"PROCESS_CMDLINE":');
const SCRIPT = literal('"SCRIPT":');
const EXE_DELETED = literal('"EXE_DELETED":');
const ROLE = literal('"ROLE":');

/** A few processes make most events. Direct-mapped, so it never grows. */
const SLOTS = 256;
const EVIDENCE_APART = 37;
const MAX_KEPT_BYTES = 8192;

/** What was written of a process, on both sides of its thread's id. */
interface Written {
  process: Process;
  readonly before: Piece;
  readonly after: Piece;
}

/** Writes processes under the same three keys, most of them as they were written before. */
export class ProcessMembers {
  readonly #kept: (Written | undefined)[] = new Array(SLOTS).fill(undefined);

  constructor(
    private readonly writer: JsonWriter,
    private readonly keys: {
      readonly process: Literal;
      readonly parent: Literal;
      readonly evidence: Literal;
    },
  ) {}

  write(process: Process, room: Room): void {
    const { writer } = this;
    const slot = slotOf(process);
    const written = room === AMPLE ? this.#kept[slot] : undefined;
    if (written !== undefined && isSame(written.process, process)) {
      writer.piece(written.before);
      writer.number(TID, process.tid);
      writer.piece(written.after);
      return;
    }
    const start = writer.length;
    writer.open(this.keys.process);
    writeAccount(writer, process, room);
    const threadStart = writer.length;
    writer.number(TID, process.tid);
    const threadEnd = writer.length;
    this.#writeRest(process, room);
    if (room !== AMPLE || writer.overflowed || writer.length - start > MAX_KEPT_BYTES) return;
    const taken = written ?? { process, before: new Piece(), after: new Piece() };
    taken.process = process;
    writer.keep(taken.before, start, threadStart);
    writer.keep(taken.after, threadEnd, writer.length);
    this.#kept[slot] = taken;
  }

  /** Of a parent neither thread nor script are known. */
  #writeRest(process: Process, room: Room): void {
    const { writer, keys } = this;
    const { parent } = process;
    writeProgram(writer, process, room);
    writer.text(SCRIPT, atMost(process.script, room.path));
    if (process.exeDeleted !== null) writer.number(EXE_DELETED, Number(process.exeDeleted));
    writer.text(ROLE, atMost(process.role, room.name));
    writer.close();
    if (parent !== null) {
      writer.open(keys.parent);
      writeAccount(writer, parent, room);
      writeProgram(writer, parent, room);
      writer.close();
    }
    if (process.evidence !== 'none') writer.text(keys.evidence, process.evidence);
  }
}

function writeAccount(writer: JsonWriter, process: ParentProcess, room: Room): void {
  writer.number(PID, process.pid);
  writer.number(UID, process.uid);
  writer.text(UID_NAME, atMost(process.user, room.name));
  writer.number(GID, process.gid);
  writer.text(GID_NAME, atMost(process.group, room.name));
}

function writeProgram(writer: JsonWriter, process: ParentProcess, room: Room): void {
  writer.text(PROCESS_PATH, atMost(process.exe ?? process.name, room.path));
  if (room.cmdline > 0) writer.text(PROCESS_CMDLINE, atMost(process.cmdline, room.cmdline));
}

/** What a process opens is known otherwise than what it accepts: the two come by turns. */
function slotOf({ pid, evidence }: Process): number {
  return (pid + evidence.length * EVIDENCE_APART) & (SLOTS - 1);
}

/** Nothing but equal values will do, the thread's id apart: a pid alone says too little. Mostly they are the very same. */
function isSame(a: Process, b: Process): boolean {
  return (
    a === b ||
    (a.evidence === b.evidence &&
      a.script === b.script &&
      a.exeDeleted === b.exeDeleted &&
      a.role === b.role &&
      isSameTask(a, b) &&
      (a.parent === b.parent || (a.parent !== null && b.parent !== null && isSameTask(a.parent, b.parent))))
  );
}

function isSameTask(a: ParentProcess, b: ParentProcess): boolean {
  return (
    a.pid === b.pid &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.exe === b.exe &&
    a.name === b.name &&
    a.cmdline === b.cmdline
  );
}
