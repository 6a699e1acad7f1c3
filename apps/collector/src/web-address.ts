import { isIP, isIPv6 } from 'node:net';

/** Where the page is served. */
export interface WebAddress {
  /** An IP address; `::` and `0.0.0.0` are every address of this host. */
  readonly host: string;
  /** 0: the system chooses. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';

/** Reads `[ADDR:]PORT`; a text says what is wrong with it. */
export function parseWebAddress(text: string): WebAddress | string {
  const colon = text.lastIndexOf(':');
  const portText = text.slice(colon + 1);
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : -1;
  if (port < 0 || port > 65535) {
    return `"${portText}" is not a port from 0 to 65535. Write [ADDR:]PORT, for instance 127.0.0.1:3000.`;
  }
  const host = readHost(text.slice(0, Math.max(colon, 0)));
  if (host === null) {
    return 'the part before the port is not an IP address. Write for instance 127.0.0.1:3000, [::1]:3000 or 0.0.0.0:3000.';
  }
  return { host, port };
}

function readHost(text: string): string | null {
  if (text === '' || text === 'localhost') return LOOPBACK;
  if (text === '*') return '0.0.0.0';
  const bracketed = text.startsWith('[') && text.endsWith(']');
  const address = bracketed ? text.slice(1, -1) : text;
  if (bracketed) return isIPv6(address) ? address : null;
  return isIP(address) === 4 ? address : null;
}

/** True when only this host can reach a server bound to that address. */
export function isLoopbackHost(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

/** As it stands in a URL. */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
