import type { Flow } from '@packetless/model';
import { visibleText } from './visible-text.js';

/** What talks, with its kind: `TLS.Google, Web`; null: nobody knows. */
export function applicationText({
  application,
  category,
}: Pick<Flow, 'application' | 'category'>): string | null {
  if (application === null) return null;
  return visibleText(category === null ? application : `${application}, ${category}`);
}
