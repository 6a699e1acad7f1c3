const MAX_DEPTH = 8;
const MAX_VALUES = 4096;

/** Whether JSON that somebody else wrote is small enough for functions that call themselves for each level. */
export function isBoundedJson(value: unknown): boolean {
  let level: unknown[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MAX_DEPTH || values > MAX_VALUES) return false;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return true;
}
