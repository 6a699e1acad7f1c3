/**
 * Text from the network or from a process may hold characters that hide, reorder or break what stands around them.
 * Here each becomes something that can be seen and cannot act.
 */

/**
 * Control, format (bidi, zero-width, tags), private-use and unpaired surrogate characters, line and paragraph
 * separators; and letters that draw nothing: Hangul fillers, the blank Braille pattern.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]/gu;

/** U+2400 … U+241F picture the control characters 0 … 1F; U+2421 pictures DEL. */
const CONTROL_PICTURES = 0x2400;
const DELETE = 0x7f;
const DELETE_PICTURE = '\u2421';

/**
 *     visibleText('a\u001b[31mb'); // 'a␛[31mb'
 *     visibleText('user\u202egpj.exe'); // 'user⟨U+202E⟩gpj.exe'
 */
export function visibleText(text: string): string {
  return text.replace(UNSEEN, picture);
}

function picture(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCharCode(CONTROL_PICTURES + code);
  if (code === DELETE) return DELETE_PICTURE;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
