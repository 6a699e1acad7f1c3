/** What becomes of a flow's addresses behind translation (NAT). */
import type { EndAddress, Flow } from '@packetless/model';
import { hostText, portText } from './endpoint-text.js';

type End = 'client' | 'server';

/** `172.17.0.3:8080`; null where the end keeps its address and port. */
export function endBehind({ translation, protocol, ...ends }: Flow, end: End): string | null {
  if (translation === null) return null;
  const { address, port } = translation[end];
  const before = ends[end];
  return address === before.address && port === before.port ? null : endText(protocol, translation[end]);
}

/** `172.17.0.2:50000 → 172.17.0.3:8080`; null for a flow that is not translated. */
export function translationText({ translation, protocol }: Flow): string | null {
  if (translation === null) return null;
  return `${endText(protocol, translation.client)} → ${endText(protocol, translation.server)}`;
}

function endText(protocol: string, { address, port }: EndAddress): string {
  return hostText(address) + portText(protocol, port);
}
