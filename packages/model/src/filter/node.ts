/** A filter, read: a tree that can be printed, compared and compiled. */
import type { FilterFlag, NetworkField, NumberField, TextField } from './fields.js';
import type { Pattern } from './pattern.js';

export type Comparison = '=' | '!=' | '>' | '>=' | '<' | '<=';

/**
 * `!=` is everything that `=` is not, so it holds for what is unknown too; the other comparisons do not.
 * A field of either side holds when one of the sides does.
 */
export type FilterNode =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly FilterNode[] }
  | { readonly kind: 'not'; readonly operand: FilterNode }
  | { readonly kind: 'flag'; readonly name: FilterFlag }
  /** A bare word: looked for in names, users, executables, addresses and ports. */
  | { readonly kind: 'word'; readonly pattern: Pattern }
  | {
      readonly kind: 'text';
      readonly field: TextField;
      readonly comparison: '=' | '!=';
      readonly pattern: Pattern;
    }
  | {
      readonly kind: 'label';
      readonly key: Pattern;
      readonly comparison: '=' | '!=';
      readonly pattern: Pattern;
    }
  | {
      readonly kind: 'network';
      readonly field: NetworkField;
      readonly comparison: '=' | '!=';
      /** As `parseNetwork` reads it. */
      readonly network: string;
    }
  | {
      readonly kind: 'number';
      readonly field: NumberField;
      readonly comparison: Comparison;
      /** In bytes, milliseconds or pieces. */
      readonly value: number;
    };
