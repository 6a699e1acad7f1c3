/** How an endpoint is called: by its process where one is known, else by its address. */
import type { FlowEndpoint } from '@packetless/model';
import { visibleText } from './visible-text.js';

/** IPv6 addresses in brackets, as RFC 3986 writes them before a port. */
export function hostText(address: string): string {
  const text = visibleText(address);
  return text.includes(':') ? `[${text}]` : text;
}

/** `:443`; nothing for protocols without ports. */
export function portText(protocol: string, port: number): string {
  return protocol === 'tcp' || protocol === 'udp' || port !== 0 ? `:${port}` : '';
}

/** The name a person recognises the endpoint's program by; null when nobody named it. */
export function programName(endpoint: Pick<FlowEndpoint, 'process' | 'container'>): string | null {
  const { process, container } = endpoint;
  if (process !== null && process.name !== '') return visibleText(process.name);
  const name = container?.pod ?? container?.name ?? null;
  return name === null ? null : visibleText(name);
}

/** User name, else the number: `uid 1000`. */
export function userText(process: {
  readonly user: string | null;
  readonly uid: number | null;
}): string | null {
  if (process.user !== null) return visibleText(process.user);
  return process.uid === null ? null : `uid ${process.uid}`;
}
