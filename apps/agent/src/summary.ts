/** What is said of a run at its end. */

import { type ConversationEvent, isLoss, type LedgerSnapshot } from '@packetless/model';
import { bytes, duration, fitted, fittedRight, inert } from '@packetless/terminal';
import { ActivitySink } from './activity/activity-sink.js';
import { type Talker, Talkers } from './activity/talkers.js';

const SHOWN_TALKERS = 5;
/** Conversations that ended are forgotten so often. */
const FORGET_EVERY_MS = 2000;
const NAME_WIDTH = 24;

/** Counts what passes, for the account at the end. */
export class RunSummary {
  readonly sink: ActivitySink;
  readonly #talkers = new Talkers();
  readonly #events = new Map<string, number>();
  #forgotAt = performance.now();

  /** `seesBegins`: false when only ends are shown, so that their totals are all there is. */
  constructor(seesBegins: boolean) {
    this.sink = new ActivitySink({
      countsUnseen: !seesBegins,
      onChange: (event, change) => {
        const kind = kindOf(event);
        this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1);
        this.#talkers.add(change);
        this.#forget();
      },
    });
  }

  /** Several lines, the last of them the shortest account that there is. */
  text(ledgers: readonly LedgerSnapshot[], elapsedMs: number): string {
    const sections = [this.#eventLines(), this.#talkerLines(), ledgerLines(ledgers)];
    const lines = sections.filter((section) => section.length > 0).flatMap((section) => [...section, '']);
    return [...lines, `packetless-agent: ${summaryLine(ledgers, elapsedMs)}`].join('\n');
  }

  #forget(): void {
    const now = performance.now();
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    this.sink.conversations.tick(now);
  }

  #eventLines(): string[] {
    const counts = [...this.#events].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
    return counts.length === 0 ? [] : [`EVENTS  ${counts.join('  ')}`];
  }

  #talkerLines(): string[] {
    const most = this.#talkers.most(SHOWN_TALKERS);
    if (most.length === 0) return [];
    return [row('TOP TALKERS', ['SENT', 'RECEIVED', 'TALKS', 'FAILED']), ...most.map(talkerLine)];
  }
}

function kindOf({ type, name }: ConversationEvent): string {
  return name ?? type;
}

function talkerLine({ name, pid, bytesOut, bytesIn, conversations, failed }: Talker): string {
  const who = name === null ? '?' : `${inert(name)}${pid === null ? '' : `(${pid})`}`;
  return row(who, [bytes(bytesOut), bytes(bytesIn), String(conversations), String(failed)]);
}

/** Hop by hop, seen = delivered + dropped + still inside. */
function ledgerLines(ledgers: readonly LedgerSnapshot[]): string[] {
  return [
    row('ACCOUNT', ['SEEN', 'DELIVERED', 'INSIDE'], 'DROPPED'),
    ...ledgers.map(({ hop, seen, delivered, inFlight, dropped }) =>
      row(hop, [seen, delivered, inFlight].map(String), reasons(dropped).join(', ')),
    ),
  ];
}

function reasons(dropped: LedgerSnapshot['dropped']): string[] {
  return Object.entries(dropped)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`);
}

function row(name: string, numbers: readonly string[], last = ''): string {
  return [fitted(name, NAME_WIDTH), ...numbers.map((text) => fittedRight(text, 10)), ` ${last}`]
    .join(' ')
    .trimEnd();
}

/** `42 events in 3.21 s, lost: 7 (kernel: ring buffer full)`; `nothing lost` when so. */
export function summaryLine(ledgers: readonly LedgerSnapshot[], elapsedMs: number): string {
  const events = ledgers.find(({ hop }) => hop === 'selection')?.delivered ?? 0;
  const counted = `${events} ${events === 1 ? 'event' : 'events'} in ${duration(elapsedMs)}`;
  const lost = losses(ledgers);
  return lost.length === 0 ? `${counted}, nothing lost` : `${counted}, lost: ${lost.join(', ')}`;
}

/** Every reason for which something was lost, as `count (hop: reason)`. */
export function losses(ledgers: readonly LedgerSnapshot[]): string[] {
  return ledgers.flatMap(({ hop, dropped }) =>
    Object.entries(dropped)
      .filter(([reason, count]) => count > 0 && isLoss(reason))
      .map(([reason, count]) => `${count} (${hop}: ${reason})`),
  );
}
