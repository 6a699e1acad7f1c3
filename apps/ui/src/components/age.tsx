import { dateTime, duration } from '../domain/quantity.js';
import { useNow } from '../stores/clock.js';

/** How long ago something was, in whole seconds, going on by itself. */
export function Age({ since }: { since: number }) {
  const seconds = Math.max(0, Math.floor((useNow() - since) / 1000));
  return <time title={dateTime(since)}>{seconds === 0 ? '0 s' : duration(seconds * 1000)}</time>;
}
