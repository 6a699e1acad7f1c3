/** Arguments of a command line, read by a table of flags; what they mean is not known here. */
import { parseArgs } from 'node:util';
import { nearest } from './nearest.js';
import { OptionsError } from './options-error.js';

export interface FlagTable {
  readonly [name: string]: {
    readonly type: 'string' | 'boolean';
    readonly short?: string;
    /** May be given several times. */
    readonly multiple?: boolean;
    /** Its value may begin with "-". */
    readonly dashed?: boolean;
  };
}

/** Texts, lists of them where a flag may be repeated, or true. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]?: Table[Name]['type'] extends 'boolean'
    ? boolean
    : Table[Name] extends { multiple: true }
      ? readonly string[]
      : string;
};

/** What was given, and what stands alone in the order given. Throws OptionsError. */
export function readFlags<Table extends FlagTable>(
  args: readonly string[],
  table: Table,
): { values: FlagValues<Table>; positionals: readonly string[] } {
  let result: ReturnType<typeof parseLoosely>;
  try {
    result = parseLoosely(args, table);
  } catch (error) {
    // parseArgs words what it refuses itself: a value that is missing, or is not wanted.
    throw new OptionsError(`${(error as Error).message.split('\n')[0]} See --help.`);
  }
  const once = new Set<string>();
  for (const token of result.tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(table, token.name) ? table[token.name]! : null;
    if (flag === null) throw new OptionsError(unknownFlag(token.rawName, table));
    if (flag.type === 'string' && isMissing(token.value, flag.dashed || token.inlineValue)) {
      throw new OptionsError(`${token.rawName} needs a value. See --help.`);
    }
    if (flag.type === 'boolean' && token.value !== undefined) {
      throw new OptionsError(`${token.rawName} takes no value, but was given "${token.value}".`);
    }
    if (flag.type === 'string' && !flag.multiple && once.has(token.name)) {
      throw new OptionsError(`${token.rawName} is given twice; give it once.`);
    }
    once.add(token.name);
  }
  return { values: result.values as FlagValues<Table>, positionals: result.positionals };
}

// Not strict, so that what is wrong can be told in our own words.
const parseLoosely = (args: readonly string[], options: FlagTable) =>
  parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true });

/** What looks like another flag is one, unless values may look so. */
function isMissing(value: string | undefined, mayBeDashed: boolean | undefined): boolean {
  return value === undefined || (!mayBeDashed && /^-[^0-9]/.test(value));
}

function unknownFlag(rawName: string, table: FlagTable): string {
  const known = Object.keys(table).map((name) => `--${name}`);
  const meant = rawName.startsWith('--') ? nearest(rawName, known) : null;
  const hint = meant === null ? 'See --help for what there is.' : `Did you mean ${meant}?`;
  return `There is no option ${rawName}. ${hint}`;
}

/** Throws OptionsError. */
export function wholeNumber(
  flag: string,
  text: string | undefined,
  preset: number,
  from: number,
  to: number,
): number {
  if (text === undefined) return preset;
  const number = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new OptionsError(`${flag} "${text}" is not a whole number from ${from} to ${to}.`);
}
