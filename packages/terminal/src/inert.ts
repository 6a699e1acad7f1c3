/** Text that others chose (process names, command lines) must not steer the terminal it is shown on. */

/**
 * C0 and C1 controls, line and paragraph separators, and the marks that reorder or hide text
 * (Unicode Standard Annex 9; Unicode Technical Report 36, "Bidirectional Text Spoofing").
 */
const ACTIVE =
  /[\p{Cc}\p{Zl}\p{Zp}\u{61c}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;
/** The same where JSON has already escaped U+0000 to U+001F. */
const ACTIVE_IN_JSON =
  /[\u{7f}-\u{9f}\p{Zl}\p{Zp}\u{61c}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{e0000}-\u{e007f}]/gu;

/** Shows active characters as `\x1b` or `\u{202e}`, and a backslash as `\\` so that the text stays unambiguous. */
export function inert(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(ACTIVE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** The same JSON value, written without active characters. */
export function inertJson(json: string): string {
  return json.replace(ACTIVE_IN_JSON, (character) => {
    let escaped = '';
    for (let index = 0; index < character.length; index += 1) {
      escaped += `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`;
    }
    return escaped;
  });
}
