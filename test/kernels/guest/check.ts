/** Runs in the virtual machine: the agent's runs, all facts in each, one line a finding. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { openIntrospection } from '@packetless/introspection';
import type { Program } from '../../harness/program.js';
import { waitFor } from '../../harness/wait.js';
import { FACTS } from './facts.js';
import { type Judgement, judge, printFinding } from './finding.js';
import { Laboratory } from './laboratory.js';

async function run(title: string, agentArguments: readonly string[]): Promise<void> {
  const tell = (fact: string, judgement: Judgement) => printFinding({ run: title, fact, ...judgement });
  const laboratory = await Laboratory.open(agentArguments);
  try {
    tell('tier', { verdict: 'right', detail: laboratory.tier });
    await Promise.all(
      FACTS.map(async (fact) => {
        const failed = (error: unknown): Judgement => ({ verdict: 'absent', detail: String(error) });
        tell(fact.name, await fact.check(laboratory).catch(failed));
      }),
    );
    const { agent } = laboratory.events;
    tell('kill -9 leaves no program in the kernel', await killed(agent));
  } finally {
    await laboratory.close();
  }
}

/** Programs that a process holds, by id. */
function programsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fdinfo`)
    .map((fd) => /^prog_id:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1])
    .filter((id) => id !== undefined);
}

async function killed(agent: Program): Promise<Judgement> {
  const programs = programsOf(agent.pid);
  await agent.stop('SIGKILL');
  const left = () => programs.filter((id) => loaded().includes(id));
  // The kernel frees them after a grace period.
  await waitFor('the programs to be gone', () => left().length === 0).catch(() => {});
  return judge({ held: programs.length > 0, left: left() }, { held: true, left: [] });
}

function loaded(): string[] {
  const programs = JSON.parse(execFileSync('bpftool', ['--json', 'prog', 'show'], { encoding: 'utf8' })) as {
    id: number;
  }[];
  return programs.map(({ id }) => String(id));
}

/** What each kernel program made of this kernel. */
function reportPrograms(): void {
  const introspection = openIntrospection({ onRecords: () => {} });
  for (const { name, state, error } of introspection.programs) {
    if (state !== 'attached') console.log(`program ${name}: ${state}${error === null ? '' : `: ${error}`}`);
  }
  introspection.close();
}

reportPrograms();
await run('best tier', []);
