/** What agents tell of their hosts, as Prometheus readings. Every label's values are bounded. */
import { protocolName, TCP, UDP } from '@packetless/model';
import type { HostInterface } from '../hosts/host-interfaces.js';
import type { Interface } from '../interfaces/interface.js';

/** Values of a metric: labels and number. */
export type Reading = readonly [labels: { readonly [label: string]: string }, value: number];

export const DEVICE_LABELS = ['agent', 'agent_id', 'device'];
export const LISTENING_LABELS = ['agent', 'agent_id', 'protocol'];

/** Of one host; one with more has a reason for it, and whoever watches it watches containers instead. */
const MAX_DEVICES_PER_AGENT = 64;
const MAX_DEVICES = 4096;
const MAX_AGENTS = 4096;
const MAX_LABEL = 128;

/** The hosts' own interfaces, those of containers not among them: these come and go without end. */
export function deviceReadings(
  interfaces: readonly Interface[],
  read: (event: HostInterface['event']) => number | null,
): Reading[] {
  const readings: Reading[] = [];
  const perAgent = new Map<string, number>();
  const told = new Set<string>();
  for (const { hostInterfaces } of interfaces) {
    for (const { agent, event } of hostInterfaces.all()) {
      if (event.namespace !== null || readings.length >= MAX_DEVICES) continue;
      const count = (perAgent.get(agent.id) ?? 0) + 1;
      perAgent.set(agent.id, count);
      const labels = { ...agentLabels(agent), device: label(event.name) };
      const series = `${labels.agent_id}\n${labels.device}`;
      const value = read(event);
      // An agent that sends to two interfaces of the collector tells everything twice.
      if (count > MAX_DEVICES_PER_AGENT || value === null || told.has(series)) continue;
      told.add(series);
      readings.push([labels, value]);
    }
  }
  return readings;
}

export function listeningReadings(interfaces: readonly Interface[]): Reading[] {
  const readings: Reading[] = [];
  const told = new Set<string>();
  for (const { listening } of interfaces) {
    for (const { agent, listeners } of listening.lists()) {
      if (told.has(agent.id) || told.size >= MAX_AGENTS) continue;
      told.add(agent.id);
      const counts = new Map<string, number>();
      for (const { protocol } of listeners) {
        const name = protocol === TCP || protocol === UDP ? protocolName(protocol) : 'other';
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      for (const [protocol, count] of counts) readings.push([{ ...agentLabels(agent), protocol }, count]);
    }
  }
  return readings;
}

function agentLabels(agent: HostInterface['agent']): { agent: string; agent_id: string } {
  return { agent: label(agent.witness.name), agent_id: label(agent.id) };
}

function label(text: string): string {
  return text.length <= MAX_LABEL ? text : `${text.slice(0, MAX_LABEL - 1)}…`;
}
