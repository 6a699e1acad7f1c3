import type { KernelAccount } from '@packetless/introspection';
import type { LedgerSnapshot, MissingPart, StatusEvent } from '@packetless/model';
import type { Host } from '../identity/host.js';
import { VERSION } from '../version.js';

/** The agent's account of itself at this moment. */
export function statusEvent(about: {
  readonly agent: string;
  readonly name: string;
  readonly exporter: string | null;
  readonly host: Pick<Host, 'system' | 'kernel'>;
  readonly source: string;
  readonly tier: string | null;
  readonly lost: readonly MissingPart[];
  readonly ledgers: readonly LedgerSnapshot[];
}): StatusEvent {
  const { user, system } = process.cpuUsage();
  return {
    type: 'status',
    time: Date.now(),
    agent: about.agent,
    name: about.name,
    address: about.exporter,
    version: VERSION,
    system: about.host.system,
    kernel: about.host.kernel,
    source: about.source,
    tier: about.tier,
    cpuSeconds: (user + system) / 1e6,
    memoryBytes: process.memoryUsage.rss(),
    lost: about.lost,
    ledgers: about.ledgers,
  };
}

/** The source's account as a hop like the others. When it is `closed`, what was still on its way stays there. */
export function sourceLedger(kind: string, account: KernelAccount, closed = false): LedgerSnapshot {
  const hop = kind === 'replay' ? 'recording' : 'kernel';
  const { produced, delivered, dropped, buffered } = account;
  if (!closed || buffered === 0) return { hop, seen: produced, delivered, dropped, inFlight: buffered };
  return {
    hop,
    seen: produced,
    delivered,
    dropped: { ...dropped, 'unread at the end': buffered },
    inFlight: 0,
  };
}
