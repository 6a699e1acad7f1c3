/** ANSI SGR parameters, ECMA-48 8.3.117. */
const STYLES = {
  good: '32',
  bad: '31',
  warning: '33',
  dim: '2',
  bold: '1',
  reverse: '7',
  plain: '',
} as const;
export type Style = keyof typeof STYLES;

export type Paint = (style: Style, text: string) => string;

export function painter(colour: boolean): Paint {
  if (!colour) return (_, text) => text;
  return (style, text) =>
    style === 'plain' || text === '' ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

/** Colours are for a terminal, and for those who did not refuse them: https://no-color.org. */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}
