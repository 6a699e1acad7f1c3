/** What a listening socket is, in plain words. */
import type { ListenerInfo } from '@packetless/live';
import { briefContainerText } from './container-text.js';
import { isUnspecified } from './listening-search.js';
import { visibleText } from './visible-text.js';

/** From where it can be reached. */
export function reachText(listener: Pick<ListenerInfo, 'address' | 'interfaceName'>): string {
  const { address, interfaceName } = listener;
  if (interfaceName !== null) return `on ${visibleText(interfaceName)} only`;
  if (isUnspecified(address)) return 'all addresses';
  return isLoopback(address) ? 'this host only' : 'this address';
}

/** What its process runs: the script, else the executable. */
export function programPath(process: ListenerInfo['process']): string | null {
  if (process === null) return null;
  const path = process.script ?? process.exe;
  return path === null ? null : visibleText(path);
}

/** Where it is besides its host: a container, or a network namespace that has no name here. */
export function placeText({
  container,
  hostNamespace,
}: Pick<ListenerInfo, 'container' | 'hostNamespace'>): string | null {
  if (container !== null) return briefContainerText(container);
  return hostNamespace === false ? 'own network namespace' : null;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** It takes no more until some are accepted (listen(2)). */
export function isFull({ backlog, backlogLimit }: Pick<ListenerInfo, 'backlog' | 'backlogLimit'>): boolean {
  return backlog !== null && backlogLimit !== null && backlogLimit > 0 && backlog >= backlogLimit;
}
