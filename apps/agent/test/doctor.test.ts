/** `doctor`, as a user runs it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { Report, SourceFinding } from '../src/doctor/report.js';
import { AgentProgram, hasKernelEvents } from './program.js';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
if (!isRoot) process.stderr.write('SKIPPED, needs root: what doctor says without privileges\n');
const withKernel = (await hasKernelEvents()) ? test : test.skip;

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--inh-caps=-all'];

async function doctor(args: readonly string[], wrapper: readonly string[] = []) {
  const program = new AgentProgram(['doctor', ...args], wrapper);
  const status = await program.exited();
  return { status, stdout: program.stdout, stderr: program.stderr };
}

async function report(wrapper: readonly string[] = []): Promise<{ status: number | null; report: Report }> {
  const { status, stdout, stderr } = await doctor(['--json'], wrapper);
  expect(stderr).toBe('');
  return { status, report: JSON.parse(stdout) as Report };
}

function sourceIn({ sections }: Report, name: string): SourceFinding {
  return sections
    .flatMap(({ findings }) => findings)
    .find((each) => 'source' in each && each.source === name) as SourceFinding;
}

function finding({ sections }: Report, subject: string) {
  return sections.flatMap(({ findings }) => findings).find((each) => each.subject === subject)!;
}

describe('where the kernel tells', () => {
  withKernel('eBPF was opened, and told of a connection and a datagram made to try it', async () => {
    const { status, report: found } = await report();
    const ebpf = sourceIn(found, 'ebpf');
    expect(ebpf).toMatchObject({ opened: true, tier: expect.stringMatching(/^[AB]/) });
    expect(ebpf.probes).toHaveLength(2);
    for (const { toldAfterMs } of ebpf.probes) expect(toldAfterMs).toBeGreaterThanOrEqual(0);
    expect(ebpf.parts.length).toBeGreaterThan(10);
    for (const subject of ['BTF', 'cgroup2', 'times of events', 'ZeroMQ']) {
      expect(finding(found, subject)).toMatchObject({ subject, state: 'ok' });
    }
    expect(status).toBe(found.verdict === 'works' ? 0 : 1);
    const losing = found.sections
      .flatMap(({ findings }) => findings)
      .filter(({ state }) => state === 'loss' || state === 'fails');
    expect(found.verdict).toBe(losing.length === 0 ? 'works' : 'losses');
    for (const { loses } of losing) expect(loses).toBeTruthy();
  });

  withKernel('the text names every source, each part that is missing, and a verdict', async () => {
    const { report: found } = await report();
    const { stdout } = await doctor([]);
    for (const name of [
      'KERNEL',
      'PRIVILEGES',
      'SOURCES',
      'SENDING',
      'eBPF',
      'netlink',
      'libebpfflow',
      'ZeroMQ',
    ]) {
      expect(stdout).toContain(name);
    }
    for (const { what } of sourceIn(found, 'ebpf').probes)
      expect(stdout.replace(/\s+/g, ' ')).toContain(what);
    expect(stdout).toMatch(/\n(Everything works|Works, with losses).*\n$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(160);
    const { stdout: verbose } = await doctor(['-v']);
    for (const { name } of sourceIn(found, 'ebpf').parts) expect(verbose).toContain(`${name}:`);
  });
});

asRoot(
  'that conntrack is told to be silent is found out',
  async () => {
    const name = `pldoctor-${process.pid}`;
    const run = (command: string, ...args: string[]) =>
      expect([args, spawnSync(command, args, { encoding: 'utf8' }).stderr]).toEqual([args, '']);
    run('ip', 'netns', 'add', name);
    try {
      // Not `ip netns exec`, which hides the cgroups.
      const wrapper = ['nsenter', `--net=/run/netns/${name}`];
      run('ip', '-n', name, 'link', 'set', 'lo', 'up');
      run(wrapper[0]!, wrapper[1]!, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_events=0');
      const { report: found } = await report(wrapper);
      expect(finding(found, 'conntrack')).toMatchObject({
        state: 'loss',
        loses: expect.stringContaining('NAT'),
        remedy: [expect.stringContaining('sudo sysctl -w net.netfilter.nf_conntrack_events=1')],
      });
      run(wrapper[0]!, wrapper[1]!, 'sysctl', '-qw', 'net.netfilter.nf_conntrack_events=1');
      expect(finding((await report(wrapper)).report, 'conntrack').state).toBe('ok');
    } finally {
      run('ip', 'netns', 'delete', name);
    }
  },
  30_000,
);

describe('without privileges', () => {
  asRoot('eBPF is refused, and every way to get the capabilities is told', async () => {
    const { status, report: found } = await report(NOBODY);
    expect(sourceIn(found, 'ebpf')).toMatchObject({ opened: false, state: 'fails' });
    expect(finding(found, 'capabilities').found).toContain('CAP_BPF');
    const remedy = finding(found, 'capabilities').remedy.join('\n');
    for (const way of [
      'sudo packetless-agent',
      'AmbientCapabilities=CAP_BPF',
      'setpriv',
      'setcap cap_bpf,',
    ]) {
      expect(remedy).toContain(way);
    }
    expect(finding(found, '/proc').state).toBe('loss');
    const works = found.sections.some(({ findings }) =>
      findings.some((each) => 'opened' in each && each.opened),
    );
    expect([status, found.verdict]).toEqual(works ? [1, 'losses'] : [3, 'nothing']);
  });

  asRoot('what setpriv in the remedy says is what makes eBPF work for an ordinary user', async () => {
    const { report: refused } = await report(NOBODY);
    const way = finding(refused, 'capabilities').remedy.find((each) => each.includes('setpriv'))!;
    const [, capabilities] = /--inh-caps (\S+) --ambient-caps \1 /.exec(way)!;
    const allowed = [...NOBODY.slice(0, -1), '--inh-caps', capabilities!, '--ambient-caps', capabilities!];
    const { report: found } = await report(allowed);
    expect(finding(found, 'capabilities').state).toBe('ok');
    if (await hasKernelEvents()) expect(sourceIn(found, 'ebpf').opened).toBe(true);
  });

  asRoot('a user namespace is found out, where capabilities do not count', async () => {
    const { report: found } = await report(['unshare', '--user', '--map-root-user']);
    expect(finding(found, 'user namespace')).toMatchObject({
      state: 'loss',
      loses: expect.stringContaining('eBPF'),
    });
    expect(sourceIn(found, 'ebpf').opened).toBe(false);
  });
});

test('help is a page, and a wrong option says what to write', async () => {
  const help = await doctor(['--help']);
  expect([help.status, help.stdout.startsWith('NAME\n')]).toEqual([0, true]);
  const wrong = await doctor(['--jsonn']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toBe('packetless-agent: unknown option --jsonn\nTry packetless-agent doctor --help\n');
});
