/** Where in the page one is, as the address says. */
import { CONTAINER_GROUP_KINDS, type ContainerGroupKind } from '@packetless/live';

export interface Route {
  readonly page: 'flows' | 'containers' | 'listening' | 'interfaces' | 'agents' | 'unknown';
  /** On the page of containers: what is listed. */
  readonly kind?: ContainerGroupKind;
  /** On the page of flows: the one whose details are open. */
  readonly flowId: string | null;
  /** `` or `?…` */
  readonly search: string;
}

export function parseRoute(pathname: string, search: string): Route {
  const path = pathname.replace(/\/+$/, '');
  if (path === '' || path === '/flows') return { page: 'flows', flowId: null, search };
  if (path === '/listening') return { page: 'listening', flowId: null, search };
  if (path === '/interfaces') return { page: 'interfaces', flowId: null, search };
  if (path === '/agents') return { page: 'agents', flowId: null, search };
  const kind = CONTAINER_GROUP_KINDS.find((each) => path === `/${each}`);
  if (kind !== undefined) return { page: 'containers', kind, flowId: null, search };
  const flow = /^\/flows\/([^/]+)$/.exec(path);
  if (flow !== null) return { page: 'flows', flowId: decoded(flow[1]!), search };
  return { page: 'unknown', flowId: null, search };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function flowPath(id: string | null, search: string): string {
  return (id === null ? '/' : `/flows/${encodeURIComponent(id)}`) + search;
}

export function containersPath(kind: ContainerGroupKind, search: string): string {
  return `/${kind}${search}`;
}

export function listeningPath(search: string): string {
  return `/listening${search}`;
}
