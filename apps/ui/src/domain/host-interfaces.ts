/** Network interfaces of hosts, put in order for people, and what their numbers mean. */
import type { HostInterfaceInfo } from '@packetless/live';
import type { Tone } from './flow-state.js';
import { visibleText } from './visible-text.js';

export interface HostGroup {
  readonly id: string;
  readonly name: string;
  readonly devices: readonly HostInterfaceInfo[];
}

/** By host, in the order in which they come. */
export function groupByHost(rows: readonly HostInterfaceInfo[]): HostGroup[] {
  const hosts = new Map<string, HostInterfaceInfo[]>();
  for (const row of rows) {
    const known = hosts.get(row.agent.id);
    if (known === undefined) hosts.set(row.agent.id, [row]);
    else known.push(row);
  }
  return Array.from(hosts, ([id, devices]) => ({ id, name: visibleText(devices[0]!.agent.name), devices }));
}

export interface LinkState {
  readonly label: string;
  readonly tone: Tone;
  readonly explanation: string;
}

export function linkState({ adminUp, operUp }: Pick<HostInterfaceInfo, 'adminUp' | 'operUp'>): LinkState {
  if (!adminUp) return { label: 'Off', tone: 'ended', explanation: 'Switched off by the host' };
  if (!operUp) return { label: 'Down', tone: 'pending', explanation: 'Switched on, and no link' };
  return { label: 'Up', tone: 'well', explanation: 'Packets can pass' };
}

/** Part of a speed in bits a second that is used by so many bytes a second, 0 to 1; null where one is not known. */
export function usedShare(bytesPerSecond: number | null, speedBps: number | null): number | null {
  if (speedBps === null || bytesPerSecond === null) return null;
  return Math.min(1, (bytesPerSecond * 8) / speedBps);
}

/** IANA ifType, those that Linux has names for. */
const TYPES: { readonly [type: number]: string } = {
  6: 'Ethernet',
  23: 'PPP',
  24: 'loopback',
  131: 'tunnel',
};

export function typeText(ifType: number): string {
  return TYPES[ifType] ?? 'other';
}

/** Fewer drops than one in a thousand packets are everyday life. */
const NOTABLE_DROPS = 0.001;

export function isNotable(drops: number | null, packets: number): boolean {
  return drops !== null && drops > 0 && drops >= NOTABLE_DROPS * (packets + drops);
}
