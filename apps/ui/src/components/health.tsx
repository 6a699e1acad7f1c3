/** How the collector is, in the header. */
import type { Health } from '@packetless/live';
import { bytes, count, duration, exact, inline } from '../domain/quantity.js';
import { visibleText } from '../domain/visible-text.js';
import './health.css';

export function HealthNumbers({ health }: { health: Health }) {
  const title = `Collector ${health.version}, up ${duration(health.uptimeMs)}, ${inline(bytes(health.memoryBytes))} of memory`;
  return (
    <span className="health-numbers" title={title}>
      <span title={`${exact(health.flows)} flows`}>
        <b>{inline(count(health.flows))}</b> flows
      </span>
      <span>
        <b>{inline(count(health.agents))}</b> {health.agents === 1 ? 'agent' : 'agents'}
      </span>
    </span>
  );
}

/** All problems in one line; nothing when there is none. */
export function HealthLine({ health }: { health: Health }) {
  if (health.status === 'ok' && health.problems.length === 0) return null;
  const problems = health.problems.map(visibleText).join(' · ');
  return (
    <p className="health-line" role="alert" data-testid="health-problems" title={problems}>
      <span aria-hidden="true">▲</span> {problems === '' ? 'The collector is degraded.' : problems}
    </p>
  );
}
