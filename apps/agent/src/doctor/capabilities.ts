/** What this process may do, and how a user gets it who may not. */

import { statusField } from './files.js';
import { type Finding, loss, ok } from './report.js';

/** linux/capability.h. CAP_SYS_ADMIN contains CAP_BPF and CAP_PERFMON (capabilities(7)). */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_PTRACE = 19n;
const CAP_SYS_ADMIN = 21n;
const CAP_PERFMON = 38n;
const CAP_BPF = 39n;

const NEEDED: readonly {
  readonly name: string;
  readonly number: bigint;
  readonly admin: boolean;
  readonly for: string;
}[] = [
  {
    name: 'CAP_BPF',
    number: CAP_BPF,
    admin: true,
    for: 'eBPF: short-lived connections and processes, exact bytes',
  },
  {
    name: 'CAP_PERFMON',
    number: CAP_PERFMON,
    admin: true,
    for: 'eBPF: short-lived connections and processes, exact bytes',
  },
  { name: 'CAP_NET_ADMIN', number: CAP_NET_ADMIN, admin: false, for: 'eBPF: bytes of datagrams' },
  {
    name: 'CAP_SYS_PTRACE',
    number: CAP_SYS_PTRACE,
    admin: false,
    for: 'executables and command lines of other users’ processes, where they are looked up in /proc',
  },
];

/** Whether /proc of other users' processes is open to this one. */
export function mayPtrace(): boolean {
  return has(CAP_SYS_PTRACE);
}

function has(number: bigint): boolean {
  return (BigInt(`0x${statusField('CapEff') ?? '0'}`) & (1n << number)) !== 0n;
}

/** Those that the agent makes use of and does not have. */
export function missingCapabilities(): typeof NEEDED {
  return NEEDED.filter(({ number, admin }) => !has(number) && !(admin && has(CAP_SYS_ADMIN)));
}

export function checkCapabilities(): Finding {
  const missing = missingCapabilities();
  if (missing.length === 0) return ok('capabilities', NEEDED.map(({ name }) => name).join(', '));
  const loses = [...new Set(missing.map((each) => each.for))].join('; ');
  const names = missing.map(({ name }) => name).join(', ');
  return loss('capabilities', `${names} missing`, loses, capabilityRemedy());
}

/** Each line is a way of its own. */
export function capabilityRemedy(): readonly string[] {
  const names = NEEDED.map(({ name }) => name);
  const lower = names.map((name) => name.toLowerCase());
  const ambient = lower.map((name) => `+${name.replace('cap_', '')}`).join(',');
  const lines = [
    'as root: sudo packetless-agent …',
    `as a service: AmbientCapabilities=${names.join(' ')} in the unit’s [Service], with User=`,
    `as a user, once: sudo setpriv --reuid "$USER" --regid "$(id -g)" --init-groups --inh-caps ${ambient} --ambient-caps ${ambient} packetless-agent …`,
    'as a user, for good, with a copy of Node.js since whatever it runs may then do the same: ' +
      `sudo cp ${process.execPath} /usr/local/bin/packetless-node && sudo setcap ${lower.join(',')}+ep /usr/local/bin/packetless-node`,
  ];
  return statusField('NoNewPrivs') === '1'
    ? [
        'this process has no_new_privs set: sudo and setcap have no effect in it, start it elsewhere',
        ...lines,
      ]
    : lines;
}
