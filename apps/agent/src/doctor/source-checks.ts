/** Each source, opened for a moment. */
import {
  type Introspection,
  IntrospectionError,
  type KernelAccount,
  openIntrospection,
  type ProgramReport,
  RING_BYTES,
  type SourceKind,
} from '@packetless/introspection';
import { capabilityRemedy, missingCapabilities } from './capabilities.js';
import { type ProbeResult, probeConnection, probeDatagram, Told } from './probes.js';
import { type Finding, type SourceFinding, unserved } from './report.js';

const PROBE_TIMEOUT_MS = 5000;
const SWEEP_MS = 200;
/** What a clock may be off by before events of two hosts are out of order for whoever reads them. */
const CLOCK_TOLERANCE_MS = 50;

const NAMES: { readonly [kind in SourceKind]: string } = {
  ebpf: 'eBPF',
  netlink: 'netlink',
  libebpfflow: 'libebpfflow',
};

export async function sourceChecks(): Promise<SourceFinding[]> {
  const ebpf = await checkSource('ebpf');
  const netlink = await checkSource('netlink');
  return [ebpf, ebpf.opened ? notNeeded(netlink) : netlink, await checkSource('libebpfflow')];
}

/** What the agent falls back to is no loss where it need not. */
function notNeeded(netlink: SourceFinding): SourceFinding {
  return {
    ...netlink,
    state: 'note',
    found: `not needed while eBPF works; ${netlink.found}`,
    loses: null,
    remedy: [],
  };
}

async function checkSource(source: SourceKind): Promise<SourceFinding> {
  const told = new Told();
  let introspection: Introspection;
  try {
    introspection = openIntrospection({
      source,
      sweepIntervalMs: SWEEP_MS,
      datagramIntervalMs: SWEEP_MS,
      onRecords: told.take,
    });
  } catch (error) {
    if (!(error instanceof IntrospectionError)) throw error;
    return cannotOpen(source, error);
  }
  try {
    const probes = [await probeConnection(told, PROBE_TIMEOUT_MS)];
    // Without connections there is nothing that sock_diag could tell of a datagram.
    if (source === 'ebpf') probes.push(await probeDatagram(told, PROBE_TIMEOUT_MS));
    return examined(source, introspection, probes, introspection.account());
  } finally {
    introspection.close();
  }
}

function cannotOpen(source: SourceKind, error: IntrospectionError): SourceFinding {
  const optional = source === 'libebpfflow';
  return {
    ...details(source, '', [], []),
    opened: false,
    state: optional ? 'note' : 'fails',
    found: optional ? `not used: ${error.message}` : error.message,
    loses: optional ? null : WITHOUT[source],
    remedy: !optional && error.code === 'PERMISSION' ? capabilityRemedy() : [],
  };
}

const WITHOUT: { readonly [kind in SourceKind]: string } = {
  ebpf: 'connections and processes that live less than a moment, failed connects, bytes of datagrams',
  netlink: 'counters of network interfaces, and what the agent falls back to without eBPF',
  libebpfflow: 'nothing',
};

function examined(
  source: SourceKind,
  opened: Introspection,
  probes: readonly ProbeResult[],
  account: KernelAccount,
): SourceFinding {
  const { tier, programs } = opened;
  const lost = unserved(programs).map(({ purpose }) => purpose);
  const untold = probes.filter(({ toldAfterMs }) => toldAfterMs === null).map(({ what }) => what);
  const attached = programs.filter(({ state }) => state === 'attached').length;
  const parts = `${attached} of ${programs.length} parts work`;
  const ring = source === 'ebpf' ? [`ring buffer of ${RING_BYTES / 2 ** 20} MiB`] : [];
  const dropped = Object.values(account.dropped).reduce((sum, count) => sum + count, 0);
  const told = probes.map(({ what, toldAfterMs }) =>
    toldAfterMs === null ? `${what}: not told` : `${what}: told after ${Math.round(toldAfterMs)} ms`,
  );
  const complete = lost.length === 0 && untold.length === 0;
  return {
    ...details(source, tier, programs, probes),
    opened: true,
    state: complete ? 'ok' : 'loss',
    found: [`tier ${tier}`, parts, ...ring, ...told, `${account.produced} records, ${dropped} lost`].join(
      '; ',
    ),
    loses: complete ? null : [...new Set([...lost, ...untold])].join('; '),
    remedy: complete ? [] : remedyFor(programs),
  };
}

/** Rights that are missing, and the one that only some hosts have a use for. */
function remedyFor(programs: readonly ProgramReport[]): readonly string[] {
  const rights = missingCapabilities().length > 0 ? capabilityRemedy() : [];
  const entering = unserved(programs).some(({ error }) => error?.includes('CAP_SYS_ADMIN') === true);
  return entering
    ? [
        ...rights,
        'to look into other network namespaces: as root, or with CAP_SYS_ADMIN as well, which it gives up once it ' +
          'watches; as a service also RestrictNamespaces=no',
      ]
    : rights;
}

function details(
  source: SourceKind,
  tier: string,
  parts: readonly ProgramReport[],
  probes: readonly ProbeResult[],
): Pick<SourceFinding, 'subject' | 'source' | 'tier' | 'parts' | 'probes'> {
  return { subject: NAMES[source], source, tier, parts, probes };
}

/** Whether the times that the kernel told agree with the wall clock. */
export function checkClock(sources: readonly SourceFinding[]): Finding | null {
  const errors = sources.flatMap(({ probes }) =>
    (probes as readonly ProbeResult[])
      .map(({ clockErrorMs }) => clockErrorMs)
      .filter((error) => error !== null),
  );
  if (errors.length === 0) return null;
  const worst = Math.max(...errors);
  const subject = 'times of events';
  if (worst <= CLOCK_TOLERANCE_MS) {
    return { subject, state: 'ok', found: 'agree with the wall clock', loses: null, remedy: [] };
  }
  return {
    subject,
    state: 'loss',
    found: `${Math.round(worst)} ms off the wall clock`,
    loses: 'the order of events of several hosts',
    remedy: ['keep the clock in time: timedatectl set-ntp true, or chrony'],
  };
}
