/** Runs in the virtual machine: the agent again and again, and all facts each time. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { StatusEvent } from '@packetless/model';
import { Cleanup } from '../../harness/cleanup.js';
import type { Program } from '../../harness/program.js';
import { waitFor } from '../../harness/wait.js';
import type { Events } from './events.js';
import { CONVERSATIONS } from './facts/conversations.js';
import { CROWD } from './facts/crowd.js';
import { FAILURES } from './facts/failures.js';
import { LASTING } from './facts/lasting.js';
import { WORKERS } from './facts/workers.js';
import { judge } from './judge.js';
import { type Laboratory, openLaboratory } from './laboratory.js';
import { RUNS } from './places.js';
import { type Judgement, send } from './report.js';
import type { Run } from './run.js';
import type { FactId } from './titles.js';

const FACTS = [...CONVERSATIONS, ...FAILURES, ...WORKERS, ...LASTING, ...CROWD];

async function perform(run: Run): Promise<void> {
  if (run.prepare !== undefined) execFileSync('sh', ['-ec', run.prepare]);
  const cleanup = new Cleanup();
  try {
    await checkAll(run.title, await openLaboratory(cleanup, run.arguments));
  } catch (error) {
    send({ kind: 'failed', run: run.title, error: String(error) });
  } finally {
    await cleanup.run();
  }
}

async function checkAll(run: string, laboratory: Laboratory): Promise<void> {
  const { events } = laboratory;
  const tell = (fact: FactId, judgement: Judgement) => send({ kind: 'finding', run, fact, ...judgement });
  const { tier, lost } = lastStatus(events);
  send({ kind: 'started', run, tier: tier ?? 'none', lost });
  // Side by side, each on sockets of its own, as on any host.
  await Promise.all(
    FACTS.map(async (fact) => {
      const failed = (error: unknown): Judgement => ({ verdict: 'absent', detail: String(error) });
      tell(fact.id, await fact.check(laboratory).catch(failed));
    }),
  );
  tell('account', account(await nextStatus(events)));
  tell('killed', await killed(events.agent));
}

function lastStatus(events: Events): StatusEvent {
  const status = events.all().findLast((event) => event.type === 'status');
  if (status === undefined) throw new Error('the agent gave no account of itself');
  return status;
}

/** The second that comes from now on: the next may have been made before. */
async function nextStatus(events: Events): Promise<StatusEvent> {
  const statuses = () => events.all().filter((event) => event.type === 'status');
  const before = statuses().length;
  return waitFor('an account', () => statuses()[before + 1]);
}

/** Other hops are about names: a process may be gone when it is looked up. */
const HOPS_OF_EVENTS = ['kernel', 'records'];

function account({ ledgers }: StatusEvent): Judgement {
  const hops = ledgers.filter(({ hop }) => HOPS_OF_EVENTS.includes(hop));
  const dropped = hops.flatMap(({ dropped }) => Object.entries(dropped).filter(([, count]) => count > 0));
  const balanced = hops.every(
    ({ seen, delivered, dropped, inFlight }) =>
      seen === delivered + inFlight + Object.values(dropped).reduce((sum, count) => sum + count, 0),
  );
  return judge({ hops: hops.length, dropped, balanced }, { hops: 2, dropped: [], balanced: true });
}

async function killed(agent: Program): Promise<Judgement> {
  const programs = programsOf(agent.pid);
  await agent.stop('SIGKILL');
  const left = () => programs.filter((id) => loadedPrograms().has(id));
  // The kernel frees them after a grace period.
  await waitFor('the programs to be gone', () => left().length === 0).catch(() => {});
  return judge({ held: programs.length > 0, left: left() }, { held: true, left: [] });
}

/** Ids of the kernel programs that a process holds. */
function programsOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fdinfo`)
    .map((fd) => /^prog_id:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1])
    .filter((id) => id !== undefined)
    .map(Number);
}

function loadedPrograms(): Set<number> {
  const shown = execFileSync('bpftool', ['--json', 'prog', 'show'], { encoding: 'utf8' });
  return new Set((JSON.parse(shown) as { id: number }[]).map(({ id }) => id));
}

for (const run of JSON.parse(readFileSync(RUNS, 'utf8')) as Run[]) await perform(run);
