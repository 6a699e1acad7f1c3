/** Arguments of a command line, read by a table of options; what they mean is not known here. */
import { parseArgs } from 'node:util';

/** A wrong command line; the message says what is wrong and what to write. */
export class OptionsError extends Error {
  override readonly name = 'OptionsError';
}

export interface OptionKind {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
}
export type OptionTable = { readonly [name: string]: OptionKind };

/** What was given. An option may be given several times. */
export interface Arguments<Name extends string> {
  has(name: Name): boolean;
  /** Every value in the order given. */
  all(name: Name): readonly string[];
  /** The value that counts where only one can. */
  last(name: Name): string | null;
}

/** `hint` says what to write instead of an argument that belongs to no option. Throws `OptionsError`. */
export function readArguments<Table extends OptionTable>(
  args: readonly string[],
  table: Table,
  hint: string,
): Arguments<keyof Table & string> {
  const { tokens } = parseArgs({ args: [...args], options: table, strict: false, tokens: true });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw new OptionsError(`unexpected argument "${token.value}": ${hint}`);
    if (token.kind === 'option-terminator') continue;
    if (!Object.hasOwn(table, token.name)) throw new OptionsError(`unknown option ${token.rawName}`);
    const values = given.get(token.name) ?? [];
    given.set(token.name, values);
    values.push(table[token.name]!.type === 'boolean' ? noValue(token) : value(token));
  }
  return {
    has: (name) => given.has(name),
    all: (name) => given.get(name) ?? [],
    last: (name) => given.get(name)?.at(-1) ?? null,
  };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function noValue(token: OptionToken): '' {
  if (token.value !== undefined) throw new OptionsError(`option ${token.rawName} takes no value`);
  return '';
}

function value(token: OptionToken): string {
  const optionLike = token.inlineValue === false && /^-./.test(token.value ?? '');
  if (token.value === undefined || token.value === '' || optionLike) {
    throw new OptionsError(`option ${token.rawName} needs a value`);
  }
  return token.value;
}
