/** Processes as members LOCAL_PROCESS and LOCAL_FATHER_PROCESS have them (docs/wire.md §5). */
import type { ParentProcess, Process } from '@packetless/model';
import { type JsonWriter, literal, type Piece } from './json-writer.js';
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

/** `own`: the same process, or null for a parent, of whose thread and script nothing is known. */
export function writeProcess(
  writer: JsonWriter,
  key: Uint8Array,
  process: ParentProcess,
  own: Process | null,
  room: Room,
): void {
  writer.open(key);
  const tid = own === null ? null : own.tid;
  const written = room === AMPLE ? find(process, own) : undefined;
  if (written !== undefined) {
    writer.piece(written.account);
    writer.number(TID, tid);
    writer.piece(written.program);
  } else {
    const start = writer.length;
    writeAccount(writer, process, room);
    const accountEnd = writer.length;
    writer.number(TID, tid);
    const programStart = writer.length;
    writeProgram(writer, process, own, room);
    if (room === AMPLE && !writer.overflowed) {
      keep(process, own, writer.copy(start, accountEnd), writer.copy(programStart, writer.length));
    }
  }
  writer.close();
}

function writeAccount(writer: JsonWriter, process: ParentProcess, room: Room): void {
  writer.number(PID, process.pid);
  writer.number(UID, process.uid);
  writer.text(UID_NAME, atMost(process.user, room.name));
  writer.number(GID, process.gid);
  writer.text(GID_NAME, atMost(process.group, room.name));
}

function writeProgram(writer: JsonWriter, process: ParentProcess, own: Process | null, room: Room): void {
  writer.text(PROCESS_PATH, atMost(process.exe ?? process.name, room.path));
  if (room.cmdline > 0) writer.text(PROCESS_CMDLINE, atMost(process.cmdline, room.cmdline));
  if (own === null) return;
  writer.text(SCRIPT, atMost(own.script, room.path));
  if (own.exeDeleted !== null) writer.number(EXE_DELETED, Number(own.exeDeleted));
}

/** What was written of a process, on both sides of its thread's id, and all that it was written from. */
interface Written {
  readonly pid: number;
  readonly uid: number | null;
  readonly user: string | null;
  readonly gid: number | null;
  readonly group: string | null;
  readonly path: string;
  readonly cmdline: string | null;
  readonly script: string | null;
  readonly exeDeleted: boolean | null;
  readonly account: Piece;
  readonly program: Piece;
}

/** A few processes make most events. Direct-mapped by pid, so it never grows. */
const SLOTS = 256;
const MAX_PROGRAM_BYTES = 8192;
const kept: (Written | undefined)[] = new Array(SLOTS).fill(undefined);

/** Nothing but equal values will do: a pid alone says too little. Mostly they are the very same strings. */
function find(process: ParentProcess, own: Process | null): Written | undefined {
  const written = kept[process.pid & (SLOTS - 1)];
  return written !== undefined &&
    written.pid === process.pid &&
    written.uid === process.uid &&
    written.gid === process.gid &&
    written.cmdline === process.cmdline &&
    written.path === (process.exe ?? process.name) &&
    written.user === process.user &&
    written.group === process.group &&
    written.script === (own === null ? null : own.script) &&
    written.exeDeleted === (own === null ? null : own.exeDeleted)
    ? written
    : undefined;
}

function keep(process: ParentProcess, own: Process | null, account: Piece, program: Piece): void {
  if (program.bytes.length > MAX_PROGRAM_BYTES) return;
  const { pid, uid, user, gid, group, cmdline } = process;
  const path = process.exe ?? process.name;
  const script = own === null ? null : own.script;
  const exeDeleted = own === null ? null : own.exeDeleted;
  kept[pid & (SLOTS - 1)] = {
    pid,
    uid,
    user,
    gid,
    group,
    path,
    cmdline,
    script,
    exeDeleted,
    account,
    program,
  };
}
