/** Text with `*` for "anything, also nothing"; upper and lower case are the same. */

/** The lower-case pieces between the stars: `kube-*-dns*` is `['kube-', '-dns', '']`; one piece has no star. */
export type Pattern = readonly string[];

/** Whether all of `text`, which is in lower case, is as the pattern says. Takes time in proportion to the text. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const first = pattern[0]!;
  if (pattern.length === 1) return text === first;
  const last = pattern[pattern.length - 1]!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (let index = 1; index < pattern.length - 1; index++) {
    const piece = pattern[index]!;
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** As `matchesPattern`, but a pattern without stars may be any part of the text. */
export function findsPattern(pattern: Pattern, text: string): boolean {
  return pattern.length === 1 ? text.includes(pattern[0]!) : matchesPattern(pattern, text);
}
