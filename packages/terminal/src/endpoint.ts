import { isIPv6 } from 'node:net';
import { inert } from './inert.js';

/** `10.0.0.1:443`, `[fd00::1]:443`, as a URL has them. */
export function socketText(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${inert(address)}:${port}`;
}
