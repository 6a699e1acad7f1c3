/** How much of a terminal's line a text takes. */

/** East Asian wide characters and emoji take two columns (Unicode Standard Annex 11), marks that combine none. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{3000}-\u{303e}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}]/u;
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
const PLAIN = /^[\x20-\x7e]*$/;

export function columnsOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterColumns(character);
  return columns;
}

/** Exactly so many columns: filled with blanks at the end, or cut with an ellipsis. */
export function fitted(text: string, columns: number): string {
  const taken = columnsOf(text);
  return taken <= columns ? text + ' '.repeat(columns - taken) : cut(text, columns);
}

/** As `fitted`, with the blanks at the beginning. */
export function fittedRight(text: string, columns: number): string {
  const taken = columnsOf(text);
  return taken <= columns ? ' '.repeat(columns - taken) + text : cut(text, columns);
}

function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  let kept = '';
  let taken = 0;
  for (const character of text) {
    const more = characterColumns(character);
    if (taken + more > columns - 1) break;
    kept += character;
    taken += more;
  }
  return `${kept}…${' '.repeat(columns - 1 - taken)}`;
}

function characterColumns(character: string): number {
  if (NONE.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
