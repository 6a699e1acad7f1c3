import { roleOf } from '@packetless/containers';
import type { Owner, ParentTask, ProcessRecord } from '@packetless/introspection';
import { type Evidence, type ParentProcess, type Process, processName } from '@packetless/model';
import type { AccountNames } from './account-names.js';
import type { CommandLines } from './command-lines.js';
import type { Proc } from './proc.js';
import type { KnownParent, KnownProcess, ProcessTable } from './process-table.js';
import { scriptOf } from './script.js';

/** A process with its names. Most owners are the same as in the event before that was known in the same way. */
interface Named {
  readonly revision: number;
  readonly parent: ParentProcess | null;
  readonly latest: Map<Evidence, Process>;
}

/** Who an owner is: joins what a record says of it with what is known of its process. */
export class Identifier {
  /** An exec makes another KnownProcess. */
  readonly #named = new WeakMap<KnownProcess, Named>();

  constructor(
    private readonly table: ProcessTable,
    private readonly names: AccountNames,
    private readonly proc: Proc,
    private readonly commandLines: CommandLines,
  ) {}

  /** A process began to use the network, or became another program. */
  learn(record: ProcessRecord): void {
    this.table.set({
      pid: record.pid,
      comm: record.comm,
      exe: record.exe,
      exeDeleted: record.exeDeleted,
      script: scriptOf(record),
      cmdline: this.#commandLine(record),
      parent: record.parent === null ? null : this.#parent(record.parent),
      role: roleOf({ name: processName(record.exe, record.comm), argv: record.argv }),
      fromProc: record.fromProc,
    });
  }

  forget(pid: number, time: number): void {
    this.table.end(pid, time);
  }

  /** `time`: of the record that names the owner, epoch milliseconds. Equal answers are the same object, mostly. */
  identify(owner: Owner, time: number): Process {
    const known = this.table.get(owner.pid) ?? this.#lookUp(owner, time);
    if (known === null) return this.#join(owner, null, null, owner.evidence);
    const evidence = known.fromProc ? 'proc' : owner.evidence;
    const named = this.#name(known);
    const latest = named.latest.get(evidence);
    if (
      latest !== undefined &&
      latest.tid === owner.tid &&
      latest.uid === owner.uid &&
      latest.gid === owner.gid
    ) {
      return latest;
    }
    const process = this.#join(owner, known, named.parent, evidence);
    named.latest.set(evidence, process);
    return process;
  }

  /** Anew when the names of users and groups have changed. */
  #name(known: KnownProcess): Named {
    const { revision } = this.names;
    let named = this.#named.get(known);
    if (named?.revision !== revision) {
      const parent = known.parent === null ? null : this.#nameParent(known.parent);
      named = { revision, parent, latest: new Map() };
      this.#named.set(known, named);
    }
    return named;
  }

  #join(owner: Owner, known: KnownProcess | null, parent: ParentProcess | null, evidence: Evidence): Process {
    const exe = known?.exe ?? null;
    return {
      pid: owner.pid,
      tid: owner.tid,
      uid: owner.uid,
      user: this.names.user(owner.uid),
      gid: owner.gid,
      group: this.names.group(owner.gid),
      name: processName(exe, known?.comm ?? owner.comm),
      script: known?.script ?? null,
      exeDeleted: known === null ? null : known.exeDeleted,
      role: known?.role ?? null,
      exe,
      cmdline: known?.cmdline ?? null,
      parent,
      evidence,
    };
  }

  /** Its pages may not have been in memory when the kernel side looked; then /proc is asked, for the same program. */
  #commandLine({ pid, exe, argv, argvTruncated }: ProcessRecord): string | null {
    if (argv.length > 0) return argvTruncated ? `${argv.join(' ')} …` : argv.join(' ');
    return argvTruncated && exe !== null ? this.commandLines.get(pid, exe) : null;
  }

  /** The kernel's description was lost on the way (ring buffer full); the process may still be there. */
  #lookUp(owner: Owner, time: number): KnownProcess | null {
    const found = this.proc.lookUp(owner.pid, time);
    if (found === null) return null;
    const known: KnownProcess = {
      pid: owner.pid,
      comm: found.comm,
      exe: found.exe,
      exeDeleted: found.exeDeleted,
      script: scriptOf({ comm: found.comm, exe: found.exe, argv: found.argv }),
      cmdline: found.cmdline,
      parent: found.parent === null ? null : this.#parent(found.parent),
      role: roleOf({ name: processName(found.exe, found.comm), argv: found.argv }),
      fromProc: true,
    };
    this.table.set(known);
    return known;
  }

  #parent(parent: ParentTask): KnownParent {
    const { pid, uid, gid, comm, exe } = parent;
    return { pid, uid, gid, comm, exe, cmdline: exe === null ? null : this.commandLines.get(pid, exe) };
  }

  #nameParent(parent: KnownParent): ParentProcess {
    return {
      pid: parent.pid,
      uid: parent.uid,
      user: this.names.user(parent.uid),
      gid: parent.gid,
      group: this.names.group(parent.gid),
      name: processName(parent.exe, parent.comm),
      exe: parent.exe,
      cmdline: parent.cmdline,
    };
  }
}
