/** Completing field names while a filter is typed. */
import type { FilterField } from '@packetless/model';

export interface Completion {
  readonly field: FilterField;
  /** What stands in the input when this is chosen. */
  readonly text: string;
  /** Where the cursor goes. */
  readonly cursor: number;
}

/** A name that has just begun: at the start, or after a blank, a parenthesis or an exclamation mark. */
const NAME_BEFORE_CURSOR = /(?:^|[\s(!])([a-z]*)$/i;
const NAME_AFTER_CURSOR = /^[a-z]*/i;

/**
 * Of `fields` those whose names begin with the word the cursor is in; an empty word offers all when `all` is set.
 * Nothing inside quotes.
 */
export function completions(
  fields: readonly FilterField[],
  text: string,
  cursor: number,
  all = false,
): Completion[] {
  const before = text.slice(0, cursor);
  const word = NAME_BEFORE_CURSOR.exec(before)?.[1];
  if (word === undefined || (word === '' && !all) || insideQuotes(before)) return [];
  const rest = text.slice(cursor).replace(NAME_AFTER_CURSOR, '');
  const start = before.slice(0, before.length - word.length);
  return fields
    .filter((field) => field.name.startsWith(word.toLowerCase()))
    .map((field) => {
      const written = start + field.name + operator(field, rest);
      return { field, text: written + rest, cursor: written.length };
    });
}

function insideQuotes(text: string): boolean {
  return (text.match(/"/g)?.length ?? 0) % 2 === 1;
}

/** What most often follows a field of this kind; nothing when something does already. */
function operator(field: FilterField, rest: string): string {
  if (/^[.:=<>!]/.test(rest)) return '';
  switch (field.kind) {
    case 'flag':
      return rest.startsWith(' ') ? '' : ' ';
    case 'bytes':
    case 'time':
    case 'count':
      return '>';
    case 'label':
      return '.';
    case 'text':
    case 'network':
    case 'number':
      return ':';
  }
}
