import { dateTime, duration } from '../domain/quantity.js';
import { useNow } from '../stores/clock.js';

/** How long ago something was, going on by itself. */
export function Age({ since }: { since: number }) {
  return <time title={dateTime(since)}>{duration(useNow() - since)}</time>;
}
