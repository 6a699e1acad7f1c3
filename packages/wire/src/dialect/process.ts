/** `*_PROCESS` and `*_FATHER_PROCESS` objects, and the flat dialect's fields, as processes. */
import { type Evidence, type ParentProcess, type Process, processName } from '@packetless/model';
import type { FlatProcess } from './draft.js';
import { MAX_CMDLINE, MAX_NAME, MAX_PATH } from './limits.js';
import { type JsonObject, readInteger, readText } from './value.js';

const MAX_ID = 0xffff_ffff;
const DELETED = ' (deleted)';

/** Takes what a process object holds besides. */
export interface Keeper {
  keep(key: string, value: unknown): void;
}

/** How a nested process is to be read. */
export interface ProcessReading {
  /** `PID` holds the thread and `TID` the process, as ebpflowexport has them (docs/wire.md §11.2). */
  readonly exchangedIds: boolean;
  readonly evidence: Evidence;
  /** From outside the object. */
  readonly tid: number | null;
}

/** Null when there is no process: none sent, or pid 0. */
export function readProcess(
  keeper: Keeper,
  name: string,
  process: JsonObject | null,
  parentName: string,
  parent: JsonObject | null,
  reading: ProcessReading,
): Process | null {
  if (process === null) {
    if (parent !== null) keeper.keep(parentName, parent);
    return null;
  }
  const own = readTask(keeper, name, process, reading.exchangedIds);
  const above = parent === null ? null : readTask(keeper, parentName, parent, reading.exchangedIds);
  if (own === null) return null;
  return {
    pid: own.pid,
    uid: own.uid,
    user: own.user,
    gid: own.gid,
    group: own.group,
    name: own.name,
    exe: own.exe,
    cmdline: own.cmdline,
    tid: own.tid ?? reading.tid,
    script: own.script,
    exeDeleted: own.exeDeleted,
    role: own.role,
    parent:
      above === null
        ? null
        : {
            pid: above.pid,
            uid: above.uid,
            user: above.user,
            gid: above.gid,
            group: above.group,
            name: above.name,
            exe: above.exe,
            cmdline: above.cmdline,
          },
    evidence: reading.evidence,
  };
}

/** Null unless the side has a name and a pid (docs/wire.md §5.3). */
export function readFlatProcess(side: FlatProcess | null): Process | null {
  if (side === null || side.path === null || side.pid === null || side.pid === 0) return null;
  const path = splitPath(side.path);
  return {
    pid: side.pid,
    uid: side.uid,
    user: userName(side.uid, side.user),
    gid: side.gid,
    group: null,
    name: path.name,
    exe: path.exe,
    cmdline: side.cmdline,
    tid: null,
    script: null,
    exeDeleted: path.deleted,
    role: null,
    parent: readFlatParent(side),
    evidence: 'none',
  };
}

function readFlatParent(side: FlatProcess): ParentProcess | null {
  if (side.parentPid === null || side.parentPid === 0) return null;
  const path = splitPath(side.parentPath);
  return {
    pid: side.parentPid,
    uid: side.parentUid,
    user: userName(side.parentUid, side.parentUser),
    gid: side.parentGid,
    group: null,
    name: path.name,
    exe: path.exe,
    cmdline: null,
  };
}

interface Task extends ParentProcess {
  readonly tid: number | null;
  readonly script: string | null;
  readonly exeDeleted: boolean | null;
  readonly role: string | null;
}

function readTask(keeper: Keeper, objectName: string, task: JsonObject, exchangedIds: boolean): Task | null {
  let pid: number | null = null;
  let tid: number | null = null;
  let uid: number | null = null;
  let gid: number | null = null;
  let sentUser: string | null = null;
  let group: string | null = null;
  let path: string | null = null;
  let cmdline: string | null = null;
  let script: string | null = null;
  let exeDeleted: boolean | null = null;
  let role: string | null = null;
  for (const key in task) {
    const value = task[key];
    switch (key) {
      case 'PID':
        pid = readInteger(value, MAX_ID);
        break;
      case 'TID':
        tid = readInteger(value, MAX_ID);
        break;
      case 'UID':
        uid = readInteger(value, MAX_ID);
        break;
      case 'UID_NAME':
        sentUser = readText(value, MAX_NAME);
        break;
      case 'GID':
        gid = readInteger(value, MAX_ID);
        break;
      case 'GID_NAME':
        group = readText(value, MAX_NAME);
        break;
      case 'PROCESS_PATH':
        path = readText(value, MAX_PATH);
        break;
      case 'PROCESS_CMDLINE':
        cmdline = readText(value, MAX_CMDLINE);
        break;
      case 'SCRIPT':
        script = readText(value, MAX_PATH);
        break;
      case 'EXE_DELETED':
        exeDeleted = value === 1 ? true : value === 0 ? false : null;
        break;
      case 'ROLE':
        role = readText(value, MAX_NAME);
        break;
      default:
        keeper.keep(`${objectName}.${key}`, value);
    }
  }
  // A father's TID is 0 there, and its PID right.
  if (exchangedIds && tid !== null && tid !== 0) [pid, tid] = [tid, pid];
  if (pid === null || pid === 0) return null;
  const user = userName(uid, sentUser);
  if (sentUser !== null && user !== sentUser) keeper.keep(`${objectName}.UID_NAME`, sentUser);
  const { exe, name, deleted } = splitPath(path);
  return {
    pid,
    tid,
    uid,
    user,
    gid,
    group,
    name,
    exe,
    cmdline,
    script,
    exeDeleted: exeDeleted ?? deleted,
    role,
  };
}

/**
 * Uid 0 is root whatever was sent: some exporters look the name up by the pid (docs/wire.md §11.1).
 * Other users are called what the host that knows them calls them.
 */
function userName(uid: number | null, sent: string | null): string | null {
  return uid === 0 ? 'root' : sent;
}

interface SplitPath {
  readonly exe: string | null;
  readonly name: string;
  /** Null: the path does not say. */
  readonly deleted: true | null;
}

/** What stands for a path may also be the kernel's 15-character name; readlink(2) of /proc/PID/exe marks a removed file. */
function splitPath(path: string | null): SplitPath {
  if (path === null) return { exe: null, name: '', deleted: null };
  const deleted = path.endsWith(DELETED) ? true : null;
  const present = deleted ? path.slice(0, -DELETED.length) : path;
  if (present.startsWith('/')) return { exe: present, name: processName(present, present), deleted };
  return { exe: null, name: present, deleted };
}
