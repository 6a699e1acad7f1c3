/** Walks over a filter's text; knows blanks, words, quotes and operators, but not what they mean. */
import { FilterError } from './filter-error.js';
import type { Comparison } from './node.js';
import type { Pattern } from './pattern.js';

export interface Word {
  readonly position: number;
  /** As it was written, without quotes. */
  readonly text: string;
  readonly quoted: boolean;
  readonly pattern: Pattern;
}

const OPERATOR_STARTS = ':=!<>';
const WORD_ENDS = ' \t\r\n()"';

export class Scanner {
  #position = 0;

  constructor(readonly text: string) {}

  get position(): number {
    return this.#position;
  }

  /** The next character, '' at the end. */
  peek(): string {
    return this.text.charAt(this.#position);
  }

  skipBlanks(): void {
    while (this.peek() !== '' && ' \t\r\n'.includes(this.peek())) this.#position++;
  }

  /** Steps over one character. */
  step(): void {
    this.#position++;
  }

  /** What a word would be here that may contain operators (an IPv6 address does), without moving. */
  peekToken(): string {
    let end = this.#position;
    while (end < this.text.length && !WORD_ENDS.includes(this.text.charAt(end))) end++;
    return this.text.slice(this.#position, end);
  }

  /** Reads a word or quoted text. A name ends at an operator too; a value may contain them. */
  readWord(as: 'name' | 'value'): Word {
    const position = this.#position;
    const quoted = this.peek() === '"';
    const ends = quoted ? '"' : as === 'name' ? WORD_ENDS + OPERATOR_STARTS : WORD_ENDS;
    if (quoted) this.step();
    const pattern: string[] = [];
    let piece = '';
    let text = '';
    while (this.peek() !== '' && !ends.includes(this.peek())) {
      if (this.peek() === '*') {
        pattern.push(piece);
        piece = '';
        text += '*';
      } else {
        if (this.peek() === '\\') this.step();
        if (this.peek() === '')
          throw new FilterError('Expected a character after the backslash.', this.#position);
        piece += this.peek();
        text += this.peek();
      }
      this.step();
    }
    if (quoted) {
      if (this.peek() !== '"') throw new FilterError('This quote is never closed.', position);
      this.step();
    }
    pattern.push(piece);
    return { position, text, quoted, pattern: pattern.map((part) => part.toLowerCase()) };
  }

  /** Reads an operator if one is here. `:` is `=`, and only directly behind a name. */
  readOperator(): Comparison | null {
    if (this.peek() === ':') {
      this.step();
      return '=';
    }
    let at = this.#position;
    while (' \t\r\n'.includes(this.text.charAt(at)) && at < this.text.length) at++;
    const operator = /^(?:!=|>=|<=|>|<|=)/.exec(this.text.slice(at, at + 2))?.[0] as Comparison | undefined;
    if (operator === undefined) return null;
    this.#position = at + operator.length;
    return operator;
  }
}
