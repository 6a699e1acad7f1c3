/**
 * The filter language: words and comparisons joined by `and`, `or`, `not` and parentheses.
 * Two terms side by side mean `and`. docs/filter.md tells users; this is the only parser.
 *
 *     parseFilter('process:curl bytes>10MB or failed');
 */
import { parseNetwork } from '../network.js';
import { FILTER_FIELDS, findField, LABEL_PREFIX } from './fields.js';
import { FilterError } from './filter-error.js';
import type { Comparison, FilterNode } from './node.js';
import type { Pattern } from './pattern.js';
import { parseQuantity } from './quantity.js';
import { Scanner, type Word } from './scanner.js';

/** Longer texts are refused unread. */
export const MAX_FILTER_LENGTH = 2000;
/** Parentheses and `not`s inside each other; what reads or compiles a filter calls itself that deep. */
export const MAX_FILTER_DEPTH = 50;

/** The filter as a tree; null for a blank text, which matches everything. Throws a FilterError. */
export function parseFilter(text: string): FilterNode | null {
  if (text.length > MAX_FILTER_LENGTH) {
    throw new FilterError(`A filter has at most ${MAX_FILTER_LENGTH} characters.`, MAX_FILTER_LENGTH);
  }
  const scanner = new Scanner(text);
  scanner.skipBlanks();
  if (scanner.peek() === '') return null;
  const node = parseOr(scanner, 0);
  if (scanner.peek() !== '') throw new FilterError('This ")" has no "(" before it.', scanner.position);
  return node;
}

function parseOr(scanner: Scanner, depth: number): FilterNode {
  const operands = [parseAnd(scanner, depth)];
  while (takeKeyword(scanner, 'or')) operands.push(parseAnd(scanner, depth));
  return operands.length === 1 ? operands[0]! : { kind: 'or', operands };
}

function parseAnd(scanner: Scanner, depth: number): FilterNode {
  const operands = [parseNot(scanner, depth)];
  for (;;) {
    const joined = takeKeyword(scanner, 'and');
    if (!joined && (scanner.peek() === '' || scanner.peek() === ')' || peekKeyword(scanner) === 'or')) break;
    operands.push(parseNot(scanner, depth));
  }
  return operands.length === 1 ? operands[0]! : { kind: 'and', operands };
}

function parseNot(scanner: Scanner, depth: number): FilterNode {
  scanner.skipBlanks();
  if (depth > MAX_FILTER_DEPTH) {
    throw new FilterError(`A filter is at most ${MAX_FILTER_DEPTH} levels deep.`, scanner.position);
  }
  if (takeKeyword(scanner, 'not')) return { kind: 'not', operand: parseNot(scanner, depth + 1) };
  if (scanner.peek() === '(') {
    const opened = scanner.position;
    scanner.step();
    const node = parseOr(scanner, depth + 1);
    if (scanner.peek() !== ')') throw new FilterError('This "(" is never closed.', opened);
    scanner.step();
    scanner.skipBlanks();
    return node;
  }
  const term = parseTerm(scanner);
  scanner.skipBlanks();
  return term;
}

function parseTerm(scanner: Scanner): FilterNode {
  const expected = 'Expected a word, or a comparison such as process:curl';
  if (scanner.peek() === '') throw new FilterError(`${expected}.`, scanner.position);
  const keyword = peekKeyword(scanner);
  if (keyword !== null) throw new FilterError(`${expected}, before "${keyword}".`, scanner.position);
  if (scanner.peek() === ')') throw new FilterError(`${expected}, before ")".`, scanner.position);

  if (containsOperatorsAsWord(scanner.peekToken())) return wordNode(scanner.readWord('value'));
  const word = scanner.readWord('name');
  if (word.text === '' && !word.quoted) {
    throw new FilterError(`Expected a field's name before "${scanner.peek()}".`, scanner.position);
  }
  const comparison = word.quoted ? null : scanner.readOperator();
  if (comparison !== null) return parseComparison(scanner, word, comparison);
  if (!word.quoted && scanner.peek() === '!') {
    throw new FilterError(
      'Expected "=" after "!"; to negate, write not before the term.',
      scanner.position + 1,
    );
  }
  const field = word.quoted ? null : findField(word.text);
  return field?.kind === 'flag' ? { kind: 'flag', name: field.name } : wordNode(word);
}

/** Words with `:` or `=` that need no quotes: addresses, and addresses with a port. */
function containsOperatorsAsWord(token: string): boolean {
  const colon = token.indexOf(':');
  return colon >= 0 && (/^[\d.]+:|^\[/.test(token) || parseNetwork(token) !== null);
}

function wordNode(word: Word): FilterNode {
  if (word.text === '') throw new FilterError('There is nothing between the quotes.', word.position);
  return { kind: 'word', pattern: word.pattern };
}

function parseComparison(scanner: Scanner, name: Word, comparison: Comparison): FilterNode {
  const field = findField(name.text);
  if (field === null) {
    const names = FILTER_FIELDS.filter(({ kind }) => kind !== 'flag').map((known) => known.name);
    throw new FilterError(
      `There is no field "${name.text}"; the fields are ${names.join(', ')}. To find it as text, put it in quotes.`,
      name.position,
    );
  }
  if (field.kind === 'flag') {
    throw new FilterError(`"${field.name}" stands alone, without a value.`, name.position);
  }
  scanner.skipBlanks();
  const value = scanner.readWord('value');
  if (value.text === '') {
    throw new FilterError(`Expected a value for ${field.name}, as in ${field.example}.`, value.position);
  }
  if (field.kind !== 'text' && field.kind !== 'label' && field.kind !== 'network') {
    const quantity = parseQuantity(value.text, field.kind);
    if (typeof quantity === 'number')
      return { kind: 'number', field: field.name, comparison, value: quantity };
    throw new FilterError(
      `Expected ${quantity.expected} for ${field.name}, not "${value.text}".`,
      value.position,
    );
  }
  if (comparison !== '=' && comparison !== '!=') {
    throw new FilterError(
      `${field.name} is not a number: compare it with : or !=, as in ${field.example}.`,
      name.position,
    );
  }
  if (field.kind === 'label') {
    return { kind: 'label', key: labelKey(name), comparison, pattern: value.pattern };
  }
  if (field.kind === 'text') return { kind: 'text', field: field.name, comparison, pattern: value.pattern };
  if (value.text.includes('=') || parseNetwork(value.text) === null) {
    throw new FilterError(
      `Expected an address or network for ${field.name}, as in ${field.example}, not "${value.text}".`,
      value.position,
    );
  }
  return { kind: 'network', field: field.name, comparison, network: value.text };
}

/** What stands behind `label.`, which may itself hold dots and slashes. */
function labelKey(name: Word): Pattern {
  const [first = '', ...more] = name.pattern;
  const key = [first.slice(LABEL_PREFIX.length), ...more];
  if (key.length > 1 || key[0] !== '') return key;
  throw new FilterError('Expected a label behind "label.", as in label.app:web.', name.position);
}

type Keyword = 'and' | 'or' | 'not';

function peekKeyword(scanner: Scanner): Keyword | null {
  const keyword = scanner.peekToken().toLowerCase();
  return keyword === 'and' || keyword === 'or' || keyword === 'not' ? keyword : null;
}

function takeKeyword(scanner: Scanner, keyword: Keyword): boolean {
  if (peekKeyword(scanner) !== keyword) return false;
  for (let index = 0; index < keyword.length; index++) scanner.step();
  scanner.skipBlanks();
  return true;
}
