/** What filters ask of numbers, protocols and states. */
import type { FlowState } from '../flow.js';
import { protocolName } from '../protocol.js';
import { textTest } from './identity-test.js';
import type { Comparison } from './node.js';
import { matchesPattern, type Pattern } from './pattern.js';

/** Unknown numbers are NaN, and nothing compares with NaN; whoever asks for `!=` negates `=`. */
export function numberTest(
  comparison: Exclude<Comparison, '!='>,
  value: number,
): (number: number) => boolean {
  switch (comparison) {
    case '=':
      return (number) => number === value;
    case '>':
      return (number) => number > value;
    case '>=':
      return (number) => number >= value;
    case '<':
      return (number) => number < value;
    case '<=':
      return (number) => number <= value;
  }
}

/** By name or number. */
export function protocolTest(pattern: Pattern): (protocol: number) => boolean {
  const matches = textTest(pattern);
  return (protocol) => matches(protocolName(protocol)) || matches(String(protocol));
}

/** ntop and RFC 9293 write SYN-SENT where Linux writes SYN_SENT. */
export function stateTest(pattern: Pattern): (state: FlowState | null) => boolean {
  const spelled = pattern.map((piece) => piece.replaceAll('-', '_'));
  return (state) => state !== null && matchesPattern(spelled, state.toLowerCase());
}
