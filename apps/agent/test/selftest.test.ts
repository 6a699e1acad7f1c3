/** The agent, graded on this machine: every row of its self-test. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { AgentProgram, BIN, hasKernelEvents, waitFor } from './program.js';

/** What this kernel does not have. A row that is not here for any other reason is a failed one. */
const NOT_HERE: readonly string[] = ['sctp/ipv4', 'sctp/ipv6'];

const LIMIT_MS = 300_000;

interface Report {
  readonly row: string;
  readonly verdict: string;
  readonly why: readonly string[];
}

const rows = execFileSync(process.execPath, [BIN, 'selftest', '--list'], { encoding: 'utf8' })
  .trimEnd()
  .split('\n')
  .map((line) => line.split(' ')[0]!);

/** What a self-test has made in the system. */
function traces({ child }: AgentProgram): readonly string[] {
  return ['/run/netns', '/sys/fs/cgroup', '/sys/fs/cgroup/unified', tmpdir()]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).filter((name) => name.includes(`-selftest-${child.pid}-`)));
}

const describeWithKernel = (await hasKernelEvents()) ? describe : describe.skip;

describeWithKernel('selftest', () => {
  const reports = new Map<string, Report>();
  let program: AgentProgram;

  beforeAll(async () => {
    program = new AgentProgram(['selftest', '--json']);
    const status = await program.exited();
    if (program.stdout === '') throw new Error(`it ended with ${status}: ${program.stderr}`);
    const { rows } = JSON.parse(program.stdout) as { rows: Report[] };
    for (const report of rows) reports.set(report.row, report);
  }, LIMIT_MS);

  test.each([...rows, 'names'])('%s', (row) => {
    const { verdict, why } = reports.get(row)!;
    const expected = NOT_HERE.includes(row) ? 'not here' : 'pass';
    expect({ verdict, why: expected === 'pass' ? why : [] }).toEqual({ verdict: expected, why: [] });
  });

  test('says so in its exit status', () => {
    const passed = [...reports.values()].every(({ verdict }) => verdict !== 'fail');
    expect(program.child.exitCode).toBe(passed ? 0 : 1);
    expect(program.stderr).toBe('');
  });

  test('leaves nothing behind, also when it is interrupted', async () => {
    expect(traces(program)).toEqual([]);
    const interrupted = new AgentProgram(['selftest', '--only', 'drip,older-connection']);
    // Five namespaces, a control group, a folder.
    await waitFor('its traces', () => traces(interrupted).length === 7);
    interrupted.child.kill('SIGINT');
    expect(await interrupted.exited()).toBe(130);
    expect(traces(interrupted)).toEqual([]);
  });
});

test('a row that does not exist is refused', async () => {
  const agent = new AgentProgram(['selftest', '--only', 'tcp']);
  expect(await agent.exited()).toBe(2);
  expect(agent.stderr).toMatch(
    /^packetless-agent: --only "tcp": no row .* --list .*\nTry packetless-agent selftest --help\n$/,
  );
});
