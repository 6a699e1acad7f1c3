/** Epoch milliseconds as `"sec.usec"`; a peer reads it with `%u.%u`, so always six digits after the point. */
export function formatTimestamp(time: number): string {
  const microseconds = Math.max(0, Math.round(time * 1000));
  const seconds = Math.floor(microseconds / 1e6);
  return `${seconds}.${String(microseconds - seconds * 1e6).padStart(6, '0')}`;
}
