import type { Container } from '@packetless/model';
import { visibleText } from '../../domain/visible-text.js';
import { Fact } from './facts.js';

/** Labels of a container, a line each; nothing when there are none. */
export function Labels({ labels }: { labels: Container['labels'] }) {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <Fact name="Labels" code>
      {entries.map(([key, value]) => (
        <span key={key} className="label">
          {visibleText(key)}={visibleText(value)}
        </span>
      ))}
    </Fact>
  );
}
