/** What the kernel was built and set up with. */

import { statSync } from 'node:fs';
import { release } from 'node:os';
import { bytes } from '@packetless/terminal';
import { mounts, readText } from './files.js';
import { type Finding, loss, note, ok } from './report.js';

const TYPES = '/sys/kernel/btf/vmlinux';
/** docs/operations.md "What an agent needs". */
const OLDEST = [5, 12] as const;

export function kernelChecks(): Finding[] {
  return [version(), types(), controlGroups(), clockSource(), trackingNotices()];
}

function version(): Finding {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST;
  const recent = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  const wanted = `${oldestMajor}.${oldestMinor}`;
  if (recent) return ok('kernel', `Linux ${release()}`);
  return loss('kernel', `Linux ${release()}, older than ${wanted}`, 'some or all of what eBPF sees', [
    `use Linux ${wanted} or newer`,
  ]);
}

function types(): Finding {
  const size = statSync(TYPES, { throwIfNoEntry: false })?.size;
  if (size !== undefined) return ok('BTF', `${TYPES}, ${bytes(size)}`);
  return loss('BTF', `${TYPES} is not there`, 'the best kernel programs, which need the kernel’s own types', [
    'use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of all current distributions are',
  ]);
}

function controlGroups(): Finding {
  const tree = mounts().find(({ type }) => type === 'cgroup2');
  if (tree !== undefined) return ok('cgroup2', tree.point);
  return loss('cgroup2', 'no cgroup2 tree is mounted', 'UDP, ICMP and raw sockets: who, and how many bytes', [
    'sudo mkdir -p /sys/fs/cgroup/unified && sudo mount -t cgroup2 none /sys/fs/cgroup/unified',
  ]);
}

const CLOCK = '/sys/devices/system/clocksource/clocksource0/current_clocksource';

/** A slow one costs time in every kernel program. */
function clockSource(): Finding {
  const name = readText(CLOCK);
  if (name === null) return note('clock', 'its source is not told');
  const slow = /^(hpet|acpi_pm|jiffies|pit)$/.test(name);
  if (!slow) return ok('clock', `read from ${name}`);
  return note('clock', `read from ${name}, which takes microseconds each time: the agent costs more`, [
    'boot with clocksource=tsc where the machine has a stable one',
  ]);
}

const NOTICES = 'net.netfilter.nf_conntrack_events';

/** Of this network namespace; others have the same setting for themselves. */
function trackingNotices(): Finding {
  const value = readText(`/proc/sys/${NOTICES.replaceAll('.', '/')}`);
  if (value === null) return note('conntrack', 'no table of connections, so no translations (NAT) either');
  if (value !== '0') return ok('conntrack', 'tells of connections when they are made and given up');
  return loss(
    'conntrack',
    `${NOTICES} is 0: the kernel tells nobody of the connections that it translates`,
    'translations of addresses (NAT) that are made after the agent was started',
    [`sudo sysctl -w ${NOTICES}=1, and the same in /etc/sysctl.d for the next start`],
  );
}
