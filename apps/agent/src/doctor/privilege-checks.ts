/** What keeps a process from asking the kernel although it has the capabilities. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { checkCapabilities, mayPtrace } from './capabilities.js';
import { mounts, readText, statusField } from './files.js';
import { type Finding, loss, note, ok } from './report.js';

/** include/linux/proc_ns.h: the namespaces that the machine was booted with. */
const HOST_USER_NAMESPACE = 'user:[4026531837]';
const HOST_PID_NAMESPACE = 'pid:[4026531836]';

const OTHERS_EXECUTABLES = 'executables and command lines of processes that are looked up in /proc';

export function privilegeChecks(): Finding[] {
  return [checkCapabilities(), userNamespace(), seccomp(), lockdown(), processNamespace(), procReadable()];
}

function userNamespace(): Finding {
  const own = link('/proc/self/ns/user');
  if (own === HOST_USER_NAMESPACE) return ok('user namespace', 'the host’s');
  return loss(
    'user namespace',
    'not the host’s: capabilities do not count towards the kernel there',
    'all that needs eBPF',
    ['run it in the host’s user namespace; a container: docker run --privileged --userns=host'],
  );
}

function seccomp(): Finding {
  const mode = statusField('Seccomp');
  if (mode !== '2') return ok('seccomp', mode === null ? 'not in this kernel' : 'no filter');
  return note('seccomp', 'a filter is set; when it forbids bpf(2) the kernel answers "not permitted"', [
    'a container: docker run --security-opt seccomp=unconfined, or a profile that allows bpf and perf_event_open',
  ]);
}

/** Integrity lets all of our programs work; confidentiality refuses to read kernel memory (kernel_lockdown(7)). */
function lockdown(): Finding {
  const level = /\[(\w+)\]/.exec(readText('/sys/kernel/security/lockdown') ?? '')?.[1] ?? null;
  if (level !== 'confidentiality')
    return ok('lockdown', level ?? 'not in this kernel, or securityfs is not mounted');
  return loss(
    'lockdown',
    'confidentiality',
    'what has to be read from kernel memory: arguments of programs',
    ['boot with lockdown=integrity'],
  );
}

function processNamespace(): Finding {
  const runtime = containerRuntime();
  if (link('/proc/self/ns/pid') === HOST_PID_NAMESPACE) {
    return runtime === null
      ? ok('process namespace', 'the host’s, no container')
      : note('process namespace', `the host’s, inside a container (${runtime})`);
  }
  return loss(
    'process namespace',
    `not the host’s${runtime === null ? '' : ` (${runtime})`}: /proc shows other process ids than the kernel tells`,
    OTHERS_EXECUTABLES,
    ['a container: docker run --pid=host --network=host'],
  );
}

/** https://systemd.io/CONTAINER_INTERFACE, and the files that docker and podman leave. */
function containerRuntime(): string | null {
  if (existsSync('/.dockerenv')) return 'docker';
  if (existsSync('/run/.containerenv')) return 'podman';
  const named = /(?:^|\0)container=([\w-]+)/.exec(readText('/proc/1/environ') ?? '')?.[1];
  return named ?? null;
}

/** proc(5) hidepid; and without CAP_SYS_PTRACE another user's /proc/PID/exe cannot be read. */
function procReadable(): Finding {
  const proc = mounts().findLast(({ point }) => point === '/proc');
  const hidden = proc?.options.find((option) => /^hidepid=(?!0|off)/.test(option)) ?? null;
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  // A kernel thread has no executable, which is another answer than a refusal.
  const refused = processes.filter((pid) => isRefused(`/proc/${pid}/exe`)).length;
  const counted = `${refused} of ${processes.length} processes cannot be looked at`;
  if (refused === 0 && (hidden === null || mayPtrace())) return ok('/proc', 'every process can be looked at');
  if (mayPtrace())
    return note('/proc', `${counted}, although CAP_SYS_PTRACE is there: something protects them`);
  const remedy = ['give it CAP_SYS_PTRACE (see capabilities)'];
  if (hidden !== null) remedy.push('or show processes to all: sudo mount -o remount,hidepid=0 /proc');
  return loss('/proc', hidden === null ? counted : `mounted with ${hidden}`, OTHERS_EXECUTABLES, remedy);
}

function isRefused(path: string): boolean {
  try {
    readlinkSync(path);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM';
  }
}

function link(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}
