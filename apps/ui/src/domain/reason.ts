/** Why a connection was reset or sent segments again, in words that hold for the whole conversation. */
import type { Side } from '@packetless/model';
import { visibleText } from './visible-text.js';

const PEER_RESET = 'peer reset';
const RESET_HERE = 'reset here';
const OTHER: { readonly [Each in Side]: Side } = { client: 'server', server: 'client' };

/**
 * One end says `peer reset` or `reset here: why` of itself; whoever looks at both ends wants to know which one it was.
 *
 *     reasonText('reset here: tcp abort on close', 'server'); // 'Reset by the server: tcp abort on close'
 */
export function reasonText(reason: string, side: Side | null): string {
  const text = visibleText(reason);
  if (side === null) return capital(text);
  if (text === PEER_RESET) return `Reset by the ${OTHER[side]}`;
  if (text === RESET_HERE || text.startsWith(`${RESET_HERE}:`)) {
    return `Reset by the ${side}${text.slice(RESET_HERE.length)}`;
  }
  return `Last sent again by the ${side}: ${text}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
