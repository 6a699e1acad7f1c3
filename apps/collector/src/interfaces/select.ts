import type { Interface } from './interface.js';

/** Somebody asked for an interface that is not there; the message names those that are. */
export class UnknownInterface extends Error {
  override readonly name = 'UnknownInterface';

  constructor(asked: string, existing: readonly string[]) {
    super(`There is no interface "${asked}"; there is ${existing.map((name) => `"${name}"`).join(', ')}.`);
  }
}

/** The interface of that name, or all of them when none is named. Throws UnknownInterface. */
export function selectInterfaces(all: readonly Interface[], name: string | undefined): readonly Interface[] {
  if (name === undefined) return all;
  const found = all.filter((each) => each.name === name);
  if (found.length > 0) return found;
  throw new UnknownInterface(
    name,
    all.map((each) => each.name),
  );
}
