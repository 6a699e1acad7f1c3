/** Who may ask: the guard against pages of other sites that use a visitor's browser to read this collector. */
import type { IncomingMessage } from 'node:http';
import { hostInUrl, isLoopbackHost } from '../web-address.js';

export class Access {
  readonly #loopback: boolean;
  readonly #names: ReadonlySet<string>;

  /** `host`: the address that the server is bound to. */
  constructor(host: string) {
    this.#loopback = isLoopbackHost(host);
    this.#names = new Set(['localhost', '127.0.0.1', '[::1]', hostInUrl(host)]);
  }

  /**
   * Bound to loopback, only loopback names are right: another name that leads here was made to lead here
   * by somebody else (DNS rebinding). Bound beyond, the names of this host cannot be known.
   */
  allowsHost({ headers }: IncomingMessage): boolean {
    const name = hostName(headers.host);
    return name !== null && (!this.#loopback || this.#names.has(name));
  }

  /**
   * Pages of other sites may link here, and no more: they could not read an answer, but make it be worked out.
   * Browsers tell where a request is from (Fetch Metadata Request Headers, W3C); other programs do not.
   */
  allowsSite({ headers }: IncomingMessage): boolean {
    const site = headers['sec-fetch-site'];
    if (site === undefined || site === 'same-origin' || site === 'none') return true;
    return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  }

  /**
   * A WebSocket is open to pages of any site unless the server asks where the page is from; and whatever changes
   * something is asked that, too.
   */
  allowsOrigin({ headers }: IncomingMessage): boolean {
    if (headers.origin === undefined) return true;
    const origin = URL.canParse(headers.origin) ? new URL(headers.origin) : null;
    return origin !== null && origin.host === normalHost(headers.host, origin.protocol);
  }
}

/** A `Host` header without its port, lower case; null for one that no browser would send. */
function hostName(host: string | undefined): string | null {
  const match = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/.exec(host ?? '');
  return match === null ? null : match[1]!.toLowerCase();
}

/** As URL writes it, so without the protocol's usual port. */
function normalHost(host: string | undefined, protocol: string): string | null {
  const text = `${protocol}//${host ?? ''}`;
  return URL.canParse(text) ? new URL(text).host : null;
}
