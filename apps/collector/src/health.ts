/** Is all well? What is wrong is said in one sentence each, most urgent first. */
import type { Health } from '@packetless/live';
import { isLoss, type LedgerSnapshot } from '@packetless/model';
import type { Agents } from './agents/agents.js';
import type { Interface } from './interfaces/interface.js';
import { VERSION } from './version.js';

/** Losses within the last so many seconds are a problem; older ones are history, told by the ledgers. */
const WINDOW_SECONDS = 60;
/** A silent agent is a problem for so long; then it is taken for gone on purpose. */
const SILENCE_MS = 600_000;
const MAX_CLOCK_SKEW_MS = 10_000;
const ALMOST_FULL = 0.9;
/** More would not be read. */
const MAX_PROBLEMS = 20;

export class HealthWatch {
  readonly #startedAt = Date.now();
  /** Losses as they stood in each of the last seconds, oldest first. */
  readonly #history: Map<string, Loss>[] = [new Map()];

  constructor(
    private readonly interfaces: readonly Interface[],
    private readonly agents: Agents,
    /** Others who know of problems. */
    private readonly others: readonly { readonly problems: readonly string[] }[] = [],
  ) {}

  /** Called every second. */
  sample(): void {
    this.#history.push(lossesOf(this.interfaces));
    if (this.#history.length > WINDOW_SECONDS) this.#history.shift();
  }

  check(now: number): Health {
    const problems = [
      ...this.#fullTables(),
      ...this.#recentLosses(),
      ...this.#agentProblems(now),
      ...this.others.flatMap(({ problems }) => problems),
    ];
    return {
      status: problems.length === 0 ? 'ok' : 'degraded',
      problems: problems.slice(0, MAX_PROBLEMS),
      version: VERSION,
      startedAt: this.#startedAt,
      uptimeMs: now - this.#startedAt,
      flows: this.interfaces.reduce((sum, { table }) => sum + table.size, 0),
      agents: this.agents.online(now),
      memoryBytes: process.memoryUsage.rss(),
      ledgers: sumByHop(this.interfaces.flatMap((each) => each.ledgers())),
    };
  }

  #recentLosses(): string[] {
    const before = this.#history[0]!;
    return [...lossesOf(this.interfaces)].flatMap(([key, { interfaceName, hop, reason, count }]) => {
      const recent = count - (before.get(key)?.count ?? 0);
      return recent > 0 ? [`${interfaceName}: ${hop} dropped ${recent} in the last minute (${reason}).`] : [];
    });
  }

  #fullTables(): string[] {
    return this.interfaces
      .filter(({ table }) => table.size >= ALMOST_FULL * table.capacity)
      .map(
        ({ name, table }) =>
          `${name}: the flow table is ${Math.floor((100 * table.size) / table.capacity)} % full ` +
          `(${table.size} of ${table.capacity}); raise --max-flows or lower --idle.`,
      );
  }

  #agentProblems(now: number): string[] {
    const problems: string[] = [];
    for (const agent of this.agents.all()) {
      const silence = now - agent.lastSeen;
      if (!agent.isOnline(now)) {
        if (agent.reports && silence < SILENCE_MS) {
          problems.push(`Agent ${agent.witness.name} has been silent for ${Math.round(silence / 1000)} s.`);
        }
      } else if (Math.abs(agent.clockSkewMs ?? 0) > MAX_CLOCK_SKEW_MS) {
        const seconds = Math.round((agent.clockSkewMs ?? 0) / 1000);
        problems.push(
          `The clock of agent ${agent.witness.name} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}.`,
        );
      }
    }
    if (this.agents.unregistered > 0) {
      problems.push(`There are more agents than the collector keeps apart (${this.agents.size}).`);
    }
    return problems;
  }
}

interface Loss {
  readonly interfaceName: string;
  readonly hop: string;
  readonly reason: string;
  readonly count: number;
}

function lossesOf(interfaces: readonly Interface[]): Map<string, Loss> {
  const losses = new Map<string, Loss>();
  for (const each of interfaces) {
    for (const { hop, dropped } of each.accounts()) {
      for (const [reason, count] of Object.entries(dropped)) {
        if (!isLoss(reason)) continue;
        losses.set(`${each.name} ${hop} ${reason}`, { interfaceName: each.name, hop, reason, count });
      }
    }
  }
  return losses;
}

/** The same hop of several interfaces in one account. */
function sumByHop(ledgers: readonly LedgerSnapshot[]): LedgerSnapshot[] {
  const sums = new Map<string, LedgerSnapshot>();
  for (const ledger of ledgers) {
    const sum = sums.get(ledger.hop);
    sums.set(ledger.hop, sum === undefined ? ledger : add(sum, ledger));
  }
  return [...sums.values()];
}

function add(a: LedgerSnapshot, b: LedgerSnapshot): LedgerSnapshot {
  const dropped = { ...a.dropped };
  for (const [reason, count] of Object.entries(b.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  return {
    hop: a.hop,
    seen: a.seen + b.seen,
    delivered: a.delivered + b.delivered,
    dropped,
    inFlight: a.inFlight + b.inFlight,
  };
}
