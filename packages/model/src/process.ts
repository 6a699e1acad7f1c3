/** Who is behind an endpoint: a process, its user and its parent, and how we know. */

/**
 * How an identity is known.
 * `kernel`: the kernel named the owner of the socket. `io`: the process did the first I/O on it.
 * `snapshot`: found when the agent started. `proc`: looked up in /proc afterwards. `none`: not known.
 */
export type Evidence = 'kernel' | 'io' | 'snapshot' | 'proc' | 'none';

export interface ParentProcess {
  /** 0 where a peer named a program and not which of its processes. */
  readonly pid: number;
  readonly uid: number | null;
  readonly user: string | null;
  readonly gid: number | null;
  readonly group: string | null;
  /** Last part of the executable's path, else the kernel's 15-character name. */
  readonly name: string;
  /** Absolute path of the executable. */
  readonly exe: string | null;
  readonly cmdline: string | null;
}

export interface Process extends ParentProcess {
  readonly tid: number | null;
  /** The script that the executable interprets, as it was given on the command line; null for other programs. */
  readonly script: string | null;
  /** The executable's file was removed or replaced since it was started; null when not known. */
  readonly exeDeleted: boolean | null;
  readonly parent: ParentProcess | null;
  readonly evidence: Evidence;
  /**
   * What the process does for containers without being one of them, in a few words: `forwards port 8080 to
   * container web (docker-proxy)`; null for all others.
   */
  readonly role: string | null;
}

/** The name a person recognises a process by: the last part of its executable's path. */
export function processName(exe: string | null, comm: string): string {
  if (exe === null) return comm;
  const name = exe.slice(exe.lastIndexOf('/') + 1);
  return name === '' ? comm : name;
}
