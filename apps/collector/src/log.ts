/** The collector's log: one readable line an entry, on standard error. */
import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Writes entries of `level` and above; `write` receives whole lines. */
export function createLog(
  level: 'debug' | 'info' | 'silent',
  write: (line: string) => void = (line) => void process.stderr.write(line),
): Logger {
  const serializers = { error: (error: Error) => (level === 'debug' ? error.stack : error.message) };
  return pino({ level, base: undefined, serializers }, { write: (entry) => write(formatEntry(entry)) });
}

/** `{"level":40,"time":0,"msg":"slow","view":"a"}` → `1970-01-01 00:00:00.000 warn  slow view=a` */
function formatEntry(entry: string): string {
  const { level, time, msg, ...details } = JSON.parse(entry) as Record<string, unknown>;
  const at = new Date(Number(time)).toISOString().replace('T', ' ').replace('Z', '');
  const name = (pino.levels.labels[Number(level)] ?? String(level)).padEnd(5);
  const rest = Object.entries(details).map(([key, value]) => ` ${key}=${formatValue(value)}`);
  return `${inert(`${at} ${name} ${String(msg ?? '')}${rest.join('')}`)}\n`;
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

/** Names and addresses in a log come from the network: they must not move the terminal's cursor. */
function inert(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
