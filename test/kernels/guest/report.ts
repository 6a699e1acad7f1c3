/** What a check found, and how it gets out of the virtual machine: a line each. */
import type { MissingPart } from '@packetless/model';
import type { FactId } from './titles.js';

/** `unknown`: the agent said that it does not know. `absent`: it said nothing. `wrong`: it said something untrue. */
export type Verdict = 'right' | 'unknown' | 'absent' | 'wrong';

export interface Judgement {
  readonly verdict: Verdict;
  /** For people: what is true and what was said. */
  readonly detail: string;
}

/** How right the agent was about one fact. */
export interface Finding extends Judgement {
  readonly kind: 'finding';
  /** Title of the agent's run. */
  readonly run: string;
  readonly fact: FactId;
}

/** An agent that began. */
export interface Started {
  readonly kind: 'started';
  readonly run: string;
  readonly tier: string;
  /** What it says that it cannot see. */
  readonly lost: readonly MissingPart[];
}

/** An agent that did not begin. */
export interface Failed {
  readonly kind: 'failed';
  readonly run: string;
  readonly error: string;
}

export type Message = Finding | Started | Failed;

const MARK = 'report ';

export function send(message: Message): void {
  process.stdout.write(`${MARK}${JSON.stringify(message)}\n`);
}

/** Null for a line that is no message. */
export function readMessage(line: string): Message | null {
  return line.startsWith(MARK) ? (JSON.parse(line.slice(MARK.length)) as Message) : null;
}
