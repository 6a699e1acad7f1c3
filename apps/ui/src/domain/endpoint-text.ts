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

/** What an end is called beside its address, and how that is known. */
export interface EndName {
  readonly text: string;
  readonly explanation: string;
}

/**
 * The best name of an end; null when nobody called it anything.
 * @param askedFor what the other side called it; an address is no name
 */
export function endName(
  { address, hostname, service }: Pick<FlowEndpoint, 'address' | 'hostname' | 'service'>,
  askedFor: string | null,
): EndName | null {
  const isAddress =
    askedFor === null || [address, hostText(address)].some((text) => isSocket(askedFor, text));
  if (!isAddress) return { text: visibleText(askedFor), explanation: 'As the client asked for it' };
  if (hostname !== null)
    return { text: visibleText(hostname), explanation: 'Name of the host, as packets told' };
  if (service === null) return null;
  const text = visibleText(service);
  return { text, explanation: `Service ${text}` };
}

function isSocket(text: string, address: string): boolean {
  return text === address || text.startsWith(`${address}:`);
}
