/** What a flow's state means to somebody who looks: its words and its tone. Each tone has one colour everywhere. */
import type { Failure, Flow, FlowState } from '@packetless/model';
import { reasonText } from './reason.js';

/** `well`: data can pass. `pending`: opening or closing. `ended`: over, in order. `failed`: did not work. */
export type Tone = 'well' | 'pending' | 'ended' | 'failed' | 'unknown';

const STATES: { readonly [State in FlowState]: { readonly label: string; readonly tone: Tone } } = {
  ESTABLISHED: { label: 'Established', tone: 'well' },
  ACTIVE: { label: 'Active', tone: 'well' },
  LISTEN: { label: 'Listening', tone: 'pending' },
  SYN_SENT: { label: 'SYN sent', tone: 'pending' },
  SYN_RECV: { label: 'SYN received', tone: 'pending' },
  FIN_WAIT1: { label: 'FIN wait 1', tone: 'pending' },
  FIN_WAIT2: { label: 'FIN wait 2', tone: 'pending' },
  CLOSE_WAIT: { label: 'Close wait', tone: 'pending' },
  CLOSING: { label: 'Closing', tone: 'pending' },
  LAST_ACK: { label: 'Last ACK', tone: 'pending' },
  TIME_WAIT: { label: 'Time wait', tone: 'ended' },
  CLOSE: { label: 'Closed', tone: 'ended' },
  CLOSED: { label: 'Closed', tone: 'ended' },
  FAILED: { label: 'Failed', tone: 'failed' },
};

/** As short as a column wants them; the explanation has the full words. */
const FAILURE_LABELS: { readonly [Each in Failure]: string } = {
  refused: 'Refused',
  'timed out': 'Timed out',
  'host unreachable': 'Unreachable',
  'network unreachable': 'Unreachable',
  'no route': 'No route',
  reset: 'Reset',
  aborted: 'Aborted',
  denied: 'Denied',
  'address unavailable': 'No address',
  other: 'Failed',
};

export interface StateText {
  readonly label: string;
  readonly tone: Tone;
  /** One line for a tool tip: the protocol's own word, and why it failed. */
  readonly explanation: string;
}

/** A connection that broke is `failed` too, whatever state it was left in. */
export function stateText(flow: Pick<Flow, 'state' | 'tcp'>): StateText {
  const text = stateWithoutReason(flow);
  const reason = flow.tcp?.reason ?? null;
  if (reason === null) return text;
  return { ...text, explanation: `${text.explanation}. ${reasonText(reason, flow.tcp?.reasonSide ?? null)}` };
}

function stateWithoutReason(flow: Pick<Flow, 'state' | 'tcp'>): StateText {
  const failure = flow.tcp?.failure ?? null;
  if (flow.state === null) {
    if (failure !== null)
      return { label: FAILURE_LABELS[failure], tone: 'failed', explanation: `Failed: ${failure}` };
    return { label: '—', tone: 'unknown', explanation: 'No witness reported a state' };
  }
  const { label, tone } = STATES[flow.state];
  if (failure === null) return { label, tone, explanation: flow.state };
  return { label: FAILURE_LABELS[failure], tone: 'failed', explanation: `${flow.state}: ${failure}` };
}

export function hasEnded(flow: Pick<Flow, 'state' | 'tcp'>): boolean {
  const { tone } = stateText(flow);
  return tone === 'ended' || tone === 'failed';
}

/** Of what lives somebody tells more often; what a capture file has is never told of again. */
const SILENT_MS = 24 * 3600 * 1000;

/** It is over, or was when its capture file was written. */
export function isPast(flow: Pick<Flow, 'state' | 'tcp' | 'lastSeen'>, now: number): boolean {
  return hasEnded(flow) || now - flow.lastSeen > SILENT_MS;
}
